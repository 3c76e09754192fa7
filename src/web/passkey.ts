/** The window in which an embedded dialog asks for a passkey, where the browser does not allow it in the dialog's frame. */
import {
  browserAuthenticators,
  type CreationOptions,
  type RequestOptions,
} from "../client/passkeys/passkeys.ts";
import { actionButton } from "./buttons.ts";
import { element } from "./element.ts";
import type { Asked } from "./embed/frame_authenticators.ts";
import { Problem } from "./problem.ts";
import { createRunAction } from "./run_action.ts";

const opener: Window | null = globalThis.opener;
const status = document.querySelector("[role=status]");

function say(text: string): void {
  if (status) status.textContent = text;
}

/** Asks on a button, because some browsers require a click. After a failure, the user can press it again. */
function ask({ action, options }: Asked, frame: Window): void {
  const problem = element("p", { role: "alert", className: "problem" });
  const label = action === "create" ? "Create a passkey" : "Use your passkey";
  const button = actionButton({ runAction: createRunAction(problem) }, label, async () => {
    if (frame.closed) throw new Problem("The sign-in dialog is closed. Close this window too");
    const response = action === "create"
      ? await browserAuthenticators.create(Promise.resolve(options as CreationOptions))
      : await browserAuthenticators.get(Promise.resolve(options as RequestOptions));
    frame.postMessage({ response }, location.origin);
  }, "primary wide");
  say(`This is for signing in at ${location.host}.`);
  document.getElementById("place")?.replaceChildren(problem, button);
  button.focus();
}

if (opener === null) say("This page works only when the sign-in dialog opens it.");
else {
  addEventListener("message", ({ source, origin, data }) => {
    if (source === opener && origin === location.origin) ask(data, opener);
  });
  opener.postMessage("ready", location.origin);
}
