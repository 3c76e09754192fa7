import type { Context, View } from "./context.ts";
import { element } from "./element.ts";

/** A button that runs an action. */
export function actionButton(
  { runAction }: Pick<Context, "runAction">,
  label: string,
  work: () => Promise<void>,
  className = "",
): HTMLButtonElement {
  const button = element("button", { type: "button", className }, label);
  button.onclick = () => void runAction(button, work);
  return button;
}

/** A button that shows another view. */
export function viewButton({ show }: Pick<Context, "show">, label: string, view: View, className = "") {
  return element("button", { type: "button", className, onclick: () => show(view) }, label);
}
