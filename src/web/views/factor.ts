import type { FactorFacts } from "../../client/sallyport.ts";
import { actionButton } from "../buttons.ts";
import type { View } from "../context.ts";
import { element } from "../element.ts";
import { form } from "../form.ts";
import { factors } from "./factors.ts";

/** Renames or removes a second factor. */
export function factor({ id, name }: FactorFacts): View {
  return (context) => {
    const { client, say, show } = context;
    return {
      title: "Change a second factor",
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
        actionButton(context, "Remove this second factor", async () => {
          await client.removeFactor(id);
          say("The second factor is removed.");
          show(factors);
        }, "wide"),
      ],
    };
  };
}
