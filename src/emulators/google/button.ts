import { createHash } from "node:crypto";
import type { KoaContextWithOIDC } from "oidc-provider";
import { emulatorPage, escape, PAGE_HEADERS, plainPage, POLICY } from "./consent_page.ts";
import type { IdTokenOptions } from "./id_token.ts";
import { type AccountInput, DEFAULT_EMAIL, isAddress } from "./people.ts";
import type { GoogleState } from "./provider.ts";
import { readForm } from "./request_body.ts";

/** The path of the script of Google Identity Services. */
export const BUTTON_SCRIPT_PATH = "/gsi/client";
/** The path of the window that the button opens. */
const WINDOW_PATH = "/gsi/select";

/** The parts of `google.accounts.id` that a page with a button uses. The window posts the token to the opener's origin. */
const BUTTON_SCRIPT = `(() => {
  const { origin } = new URL(document.currentScript.src);
  let config;
  const choose = () => {
    const query = new URLSearchParams({ client_id: config.client_id, nonce: config.nonce ?? "", origin: location.origin });
    const popup = open(origin + "${WINDOW_PATH}?" + query, "_blank", "popup,width=480,height=640");
    addEventListener("message", function receive({ source, origin: from, data }) {
      if (source !== popup || from !== origin) return;
      removeEventListener("message", receive);
      config.callback({ credential: data.credential, select_by: "btn" });
    });
  };
  const initialize = (given) => void (config = given);
  const renderButton = (parent) => {
    const button = Object.assign(document.createElement("button"), { type: "button", onclick: choose });
    button.textContent = "Continue with Google";
    parent.replaceChildren(button);
  };
  window.google = { accounts: { id: { initialize, renderButton, disableAutoSelect() {} } } };
})();
`;

const HAND_OVER = `const { credential, origin } = document.querySelector("p").dataset;
opener?.postMessage({ credential }, origin);
close();`;

const HAND_OVER_POLICY = `${POLICY}; script-src 'sha256-${
  createHash("sha256").update(HAND_OVER).digest("base64")
}'`;

type Context = Pick<KoaContextWithOIDC, "req" | "path" | "method" | "status" | "body" | "set" | "URL">;

/**
 * Serves the script of the sign-in button, and its window, in which the user types any address. The window posts an ID
 * token for `client_id` with `nonce` to the page of `origin` that opened it. Returns false for other paths.
 */
export async function serveButton(
  { clients }: GoogleState,
  ctx: Context,
  issueIdToken: (account: AccountInput, options: IdTokenOptions) => string,
): Promise<boolean> {
  if (ctx.path === BUTTON_SCRIPT_PATH) {
    ctx.set({ "content-type": "text/javascript; charset=utf-8", "cache-control": "no-store" });
    ctx.body = BUTTON_SCRIPT;
    return true;
  }
  if (ctx.path !== WINDOW_PATH) return false;
  ctx.set(PAGE_HEADERS);
  const asked = Object.fromEntries(ctx.URL.searchParams);
  const { client_id: audience = "", nonce = "", origin = "" } = asked;
  const email = ctx.method === "POST" ? new URLSearchParams(await readForm(ctx.req)).get("email") : undefined;
  if (!clients.has(audience) || !/^https?:\/\/[^/]+$/.test(origin)) {
    ctx.status = 400;
    ctx.body = plainPage("Invalid request", "The client is unknown, or the page sent no valid origin.");
  } else if (email && isAddress(email.trim())) {
    const credential = issueIdToken({ email: email.trim() }, { audience, ...(nonce && { nonce }) });
    ctx.set("content-security-policy", HAND_OVER_POLICY);
    ctx.body = handOverPage(credential, origin);
  } else {
    ctx.body = windowPage(origin);
  }
  return true;
}

function windowPage(origin: string): string {
  return emulatorPage(
    "Sign in with Google",
    `
<p>Sign in to <code>${escape(origin)}</code></p>
<form method="post">
<label>Your address<input type="email" name="email" value="${DEFAULT_EMAIL}" required autofocus></label>
<button class="approve">Continue</button>
</form>`,
  );
}

function handOverPage(credential: string, origin: string): string {
  return emulatorPage(
    "Signed in",
    `<p data-credential="${escape(credential)}" data-origin="${escape(origin)}">You can close this window.</p>
<script>${HAND_OVER}</script>`,
  );
}
