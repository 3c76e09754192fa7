import { createHash } from "node:crypto";

const STYLE = `
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
main { max-width: 26rem; margin: 1.5rem; padding: 2rem; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: 1rem }
h1 { margin: 0 0 .5rem; font-size: 1.35rem }
small, .hint { opacity: .75 }
label { display: block; margin-top: 1rem; overflow-wrap: anywhere }
label.scope { margin-top: .25rem }
input[type=email] { display: block; width: 100%; box-sizing: border-box; font: inherit; padding: .5rem; margin-top: .25rem }
button { font: inherit; padding: .6rem 1.4rem; margin: 1rem .5rem 0 0; border-radius: .6rem; border: 1px solid CanvasText; background: Canvas; color: CanvasText; cursor: pointer }
button.approve { background: #0a6b3d; border-color: #0a6b3d; color: #fff }
`;

/** Without `form-action`: browsers also apply it to the redirect to the application. */
export const POLICY = `default-src 'none'; style-src 'sha256-${
  createHash("sha256").update(STYLE).digest("base64")
}'; frame-ancestors 'none'; base-uri 'none'`;

export const PAGE_HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": POLICY,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

/** The content of the consent page. */
export type Consent = {
  /** The page's path. `/approve` and `/deny` are added to it. */
  path: string;
  clientId: string;
  scopes: readonly string[];
  /** The initial value of the e-mail field. */
  email: string;
};

/**
 * A page with the account and the requested scopes. `choose` marks a form from this page, in which missing scopes were
 * not ticked; a script that posts only `email` grants everything.
 */
export function consentPage({ path, clientId, scopes, email }: Consent): string {
  const boxes = scopes.map((scope) =>
    `<label class="scope"><input type="checkbox" name="scope" value="${escape(scope)}" checked> ${
      escape(scope)
    }</label>`
  );
  return emulatorPage(
    "Sign in",
    `
<p>The application <code>${escape(clientId)}</code> asks for access to:</p>
<form method="post" action="${escape(path)}/approve">
<input type="hidden" name="choose" value="yes">
${boxes.join("\n")}
<label>Your address<input type="email" name="email" value="${escape(email)}" required autofocus></label>
<button class="approve">Approve</button><button formaction="${escape(path)}/deny" formnovalidate>Deny</button>
</form>`,
  );
}

/** A page with only a text. */
export function plainPage(title: string, text: string): string {
  return emulatorPage(title, `<p>${escape(text)}</p>`);
}

/** A page of the emulator. `body` is HTML: texts in it must be escaped. */
export function emulatorPage(title: string, body: string): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
<p class="hint"><small>This is an emulator, not Google.</small></p>
</main>
</body>
</html>
`;
}

export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
