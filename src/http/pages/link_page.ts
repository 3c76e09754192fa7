import { type HtmlPages, notAllowed } from "./html_page.ts";

/** The page of each mailed link. `src/web/link.ts` handles its form. */
const PAGES = {
  "/verify-email": {
    title: "Confirm your e-mail address",
    field: "",
    button: "Confirm",
  },
  "/reset-password": {
    title: "Choose a new password",
    field:
      '<label>New password<input name="password" type="password" autocomplete="new-password" required></label>',
    button: "Change the password",
  },
  "/trust-device": {
    title: "Use this browser",
    field:
      "<p>Press the button only if you requested the mail. This browser is then known as yours, and sign-in " +
      "attempts by others cannot lock you out here.</p>",
    button: "Use this browser",
  },
} as const;

/**
 * The page behind a mailed link. It shows a button, because a GET must change nothing (mail scanners follow
 * links). The token is in the URL fragment, so no log contains it; the page removes it from the address bar.
 */
export function linkPage(request: Request, path: keyof typeof PAGES, page: HtmlPages): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  const { title, field, button } = PAGES[path];
  return page({
    title,
    script: "link.js",
    body:
      `<noscript><p>This page needs JavaScript. Enable it for this site and open the link again.</p></noscript>
<form id="form">${field}<button class="primary">${button}</button></form>
<p id="answer" role="status"></p>`,
  });
}
