import { randomBytes, toBase64Url } from "../crypto.ts";

/** What each mailed link's page asks for and does. */
const PAGES = {
  "/verify-email": {
    title: "Confirm your e-mail address",
    field: "",
    button: "Confirm",
    done: "Your address is confirmed. You can close this page and sign in.",
    query:
      "mutation ($token: String!) { result: verifyEmail(token: $token) { __typename ...on AuthError { message } } }",
  },
  "/reset-password": {
    title: "Choose a new password",
    field:
      '<p><label>New password <input id="password" type="password" autocomplete="new-password" required></label></p>',
    button: "Change the password",
    done: "Your password is changed. You can close this page and sign in.",
    query:
      "mutation ($token: String!, $password: String!) { result: resetPassword(input: { token: $token, newPassword: $password }) { __typename ...on AuthError { message } } }",
  },
} as const;

/**
 * The page behind a mailed link: a button, for following a link changes nothing (scanners follow links too). The token
 * stands behind the #, so it is in no log of ours; the page takes it out of the address bar.
 */
export function linkPage(path: keyof typeof PAGES): Response {
  const nonce = toBase64Url(randomBytes(16));
  const { title, field, button, done, query } = PAGES[path];
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title></head>
<body>
<main>
<h1>${title}</h1>
<noscript><p>This page needs JavaScript to go on.</p></noscript>
<form id="form">${field}<p><button>${button}</button></p></form>
<p id="answer" role="status"></p>
</main>
<script nonce="${nonce}">
const token = new URLSearchParams(location.hash.slice(1)).get("token") ?? "";
history.replaceState(null, "", location.pathname);
const form = document.getElementById("form");
const answer = document.getElementById("answer");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const variables = { token, password: document.getElementById("password")?.value };
  try {
    const response = await fetch("/graphql", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ query: ${JSON.stringify(query)}, variables }),
    });
    const { data } = await response.json();
    const done = data?.result?.__typename === "Done";
    answer.textContent = done ? ${
    JSON.stringify(done)
  } : data?.result?.message ?? "Something went wrong. Try again.";
    form.hidden = done;
  } catch {
    answer.textContent = "The server cannot be reached. Try again.";
  }
});
</script>
</body>
</html>
`;
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "cache-control": "no-store",
      "content-security-policy":
        `default-src 'none'; script-src 'nonce-${nonce}'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
