/** The window in which an embedded dialog asks for a passkey, where the browser does not allow it in the dialog's frame. */
import {
  browserAuthenticators,
  type CreationOptions,
  type RequestOptions,
} from "../client/passkeys/passkeys.ts";
import { actionButton } from "./buttons.ts";
import { element } from "./element.ts";
import type { Asked } from "./embed/frame_authenticators.ts";
import { createRunAction } from "./run_action.ts";

const opener: Window | null = globalThis.opener;
const place = document.querySelector("[role=status]");

/** Asks when the user presses a button: some browsers require that. After a failure, the user can press it again. */
function ask({ action, options }: Asked): void {
  const problem = element("p", { role: "alert", className: "problem" });
  const label = action === "create" ? "Create a passkey" : "Use your passkey";
  const button = actionButton({ runAction: createRunAction(problem) }, label, async () => {
    const response = action === "create"
      ? await browserAuthenticators.create(Promise.resolve(options as CreationOptions))
      : await browserAuthenticators.get(Promise.resolve(options as RequestOptions));
    opener?.postMessage({ response }, location.origin);
  }, "primary wide");
  place?.replaceChildren(button, problem);
  button.focus();
}

addEventListener("message", ({ source, origin, data }) => {
  if (opener !== null && source === opener && origin === location.origin) ask(data);
});
opener?.postMessage("ready", location.origin);
