import { type HtmlPages, notAllowed } from "./html_page.ts";

/** The page of each mailed link. What its form does is in `src/web/link.ts`. */
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
      "<p>Press the button if you asked for the mail yourself: then this browser is known as yours, and tries " +
      "of other people do not keep you from signing in here.</p>",
    button: "Use this browser",
  },
} as const;

/**
 * The page behind a mailed link: a button, for following a link changes nothing (scanners follow links too). The token
 * stands behind the #, so it is in no log of ours; the page takes it out of the address bar.
 */
export function linkPage(request: Request, path: keyof typeof PAGES, page: HtmlPages): Response {
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  const { title, field, button } = PAGES[path];
  return page({
    title,
    script: "link.js",
    body:
      `<noscript><p>This page needs JavaScript to go on. Turn it on for this site, and open the link again.</p></noscript>
<form id="form">${field}<button class="primary">${button}</button></form>
<p id="answer" role="status"></p>`,
  });
}
