/** The page that a mailed link opens. The token is in the fragment (#), and is removed from the address bar at once. */
import { CannotReachServer, createSallyport, RequestRefused } from "../client/sallyport.ts";
import { createRunAction } from "./run_action.ts";

const client = createSallyport({ url: location.origin, transport: "COOKIE" });
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);
// The link of another mail, opened in this tab, changes only the fragment. The browser does not load the page again.
addEventListener("hashchange", () => location.reload());

const form = document.querySelector("form");
const answer = document.getElementById("answer");

const DONE: Record<string, string> = {
  "/verify-email": "Your address is confirmed. You can close this page and sign in.",
  "/reset-password": "Your password is changed. You can close this page and sign in.",
  "/trust-device": "This browser is now trusted. You can close this page and sign in.",
};

/** Not an operation of the API, because the answer sets a cookie. */
async function trustDevice(): Promise<void> {
  const headers = { "content-type": "application/json" };
  const { errors: [error] = [] } = await fetch(location.pathname, {
    method: "POST",
    headers,
    body: JSON.stringify({ token }),
  }).then((response) => response.json()).catch((cause) => {
    throw new CannotReachServer("No answer from the server", { cause });
  });
  if (error) {
    const { code, requestId } = error.extensions ?? {};
    throw new RequestRefused(error.message, code, { requestId });
  }
}

if (form && answer) {
  const runAction = createRunAction(answer);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void runAction(form, async () => {
      const password = new FormData(form).get("password");
      if (location.pathname === "/trust-device") await trustDevice();
      else if (typeof password === "string") await client.resetPassword(token, password);
      else await client.verifyEmail(token);
      form.hidden = true;
      answer.textContent = DONE[location.pathname] ?? "";
    });
  });
}
