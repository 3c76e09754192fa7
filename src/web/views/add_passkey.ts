import type { Passkeys } from "../../client/passkeys/passkeys.ts";
import type { View } from "../context.ts";
import { element } from "../element.ts";
import { form } from "../form.ts";
import { factors } from "./factors.ts";
import { recoveryCodes } from "./recovery_codes.ts";

/** Adds a passkey of this browser or device. */
export function addPasskey(passkeys: Passkeys): View {
  return (context) => {
    const { say, show } = context;
    return {
      title: "Add a passkey",
      back: factors,
      content: [
        element("p", {}, "A passkey signs you in without a password. Fake pages cannot steal it."),
        form(
          context,
          {
            name: {
              label: "Name",
              autocomplete: "off",
              optional: true,
              hint: "To recognise it later, for example “Phone”.",
            },
          },
          "Create a passkey",
          async ({ name }) => {
            const { recoveryCodes: codes } = await passkeys.add(name.trim() || undefined);
            say("The passkey is added.");
            show(codes ? recoveryCodes(codes) : factors);
          },
        ),
      ],
    };
  };
}
