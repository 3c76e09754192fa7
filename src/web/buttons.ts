import type { Context, View } from "./context.ts";
import { element } from "./element.ts";

/** A button that does something at the server. */
export function actButton(
  { runAction }: Pick<Context, "runAction">,
  label: string,
  work: () => Promise<void>,
  className = "",
): HTMLButtonElement {
  const button = element("button", { type: "button", className }, label);
  button.onclick = () => void runAction(button, work);
  return button;
}

/** A button that leads to another view. */
export function viewButton({ show }: Pick<Context, "show">, label: string, view: View, className = "") {
  return element("button", { type: "button", className, onclick: () => show(view) }, label);
}
