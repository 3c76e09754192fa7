import { actionButton } from "../buttons.ts";
import type { Context } from "../context.ts";
import { Problem } from "../problem.ts";

/** A button that copies a text. Browsers allow that on https, and in a frame only if its page does. */
export function copyButton(context: Context, label: string, text: string): HTMLButtonElement {
  return actionButton(context, label, async () => {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      throw new Problem("The browser does not allow copying. Select the text and copy it yourself");
    }
    context.say("Copied.");
  });
}
