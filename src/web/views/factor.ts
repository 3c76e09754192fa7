import type { FactorFacts } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { View } from "../context.ts";
import { element } from "../element.ts";
import { form } from "../form.ts";
import { factors } from "./factors.ts";

/** Renames or removes a second factor. */
export function factor(each: FactorFacts): View {
  const { id, kind, name } = each;
  return (context) => {
    const { client, passkeys, say, show } = context;
    const isPasskey = kind === "PASSKEY";
    return {
      title: isPasskey ? "Change a passkey" : "Change a second factor",
      back: factors,
      content: [
        form(
          context,
          { name: { label: "Name", autocomplete: "off", value: name } },
          "Save the name",
          async ({ name }) => {
            await client.renameFactor(id, name);
            say("The name is saved.");
            show(factors);
          },
        ),
        element("p", {}, "If you remove it, it no longer works for signing in."),
        actionButton(context, isPasskey ? "Remove this passkey" : "Remove this second factor", async () => {
          if (isPasskey && passkeys) await passkeys.remove(each);
          else await client.removeFactor(id);
          say(isPasskey ? "The passkey is removed." : "The second factor is removed.");
          show(factors);
        }, "wide"),
      ],
    };
  };
}
