/** The page that a mailed link opens. The token stands behind the #, and is taken out of the address bar at once. */
import { createSallyport } from "../client/sallyport.ts";
import { createAct } from "./act.ts";

const client = createSallyport({ url: location.origin, transport: "COOKIE" });
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);
// Another mail's link, opened in this tab: nothing is loaded for what stands behind the # alone.
addEventListener("hashchange", () => location.reload());

const form = document.querySelector("form");
const answer = document.getElementById("answer");

if (form && answer) {
  const act = createAct(answer);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void act(form, async () => {
      const password = new FormData(form).get("password");
      if (typeof password === "string") await client.resetPassword(token, password);
      else await client.verifyEmail(token);
      form.hidden = true;
      answer.textContent = typeof password === "string"
        ? "Your password is changed. You can close this page and sign in."
        : "Your address is confirmed. You can close this page and sign in.";
    });
  });
}
