import type { KoaContextWithOIDC } from "oidc-provider";
import type { GoogleState } from "./provider.ts";
import { LONG_NAMES, SCOPES } from "./scopes.ts";
import { recordSecret, toGoogleForm } from "./token_texts.ts";

type Context = KoaContextWithOIDC;

/** Answers with a plain text. */
export function refuse(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.body = `${text}\n`;
}

/** Translates Google's scopes and prompts for the provider. Refuses a request that Google would refuse: returns false. */
export function translateRequest(ctx: Context): boolean {
  const query = ctx.URL.searchParams;
  const scopes = (query.get("scope") ?? "").split(" ").filter((scope) => scope !== "");
  const unknown = scopes.filter((scope) => !SCOPES.includes(scope));
  if (unknown.length > 0 || scopes.length === 0) {
    refuse(
      ctx,
      400,
      `Access blocked: invalid_scope\nSome requested scopes were invalid: ${unknown.join(" ")}`,
    );
    return false;
  }
  // The consent page always asks for the account, so other prompts have no effect.
  const prompts = (query.get("prompt") ?? "").split(" ").filter((prompt) =>
    ["consent", "none"].includes(prompt)
  );
  if (prompts.length > 0) query.set("prompt", prompts.join(" "));
  else query.delete("prompt");
  ctx.querystring = query.toString();
  return true;
}

/** Translates the code in a redirect to Google's form. */
export function translateRedirect(ctx: Context, state: GoogleState): void {
  const url = URL.parse(ctx.response.get("location"));
  const code = url?.searchParams.get("code");
  if (!url || !code) return;
  url.searchParams.set("code", toGoogleForm(state, "code", code));
  ctx.set("location", url.href);
}

/** The answer of the provider's token endpoint. */
export type ProviderTokens = {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  scope?: string;
  expires_in: number;
  token_type: string;
};

/** Translates the token endpoint's answer to Google's form, and applies the switches. */
export function tokenAnswer(
  state: GoogleState,
  tokens: ProviderTokens,
  form: URLSearchParams,
): Record<string, unknown> {
  const { access_token, refresh_token, id_token, scope = "", expires_in, token_type } = tokens;
  if (id_token) recordSecret(state.secrets, id_token);
  // A refresh returns no new refresh token, because the old one stays valid.
  const fresh = form.get("grant_type") === "authorization_code" ? refresh_token : undefined;
  const answer = {
    access_token: toGoogleForm(state, "access_token", access_token),
    expires_in,
    ...(fresh && { refresh_token: toGoogleForm(state, "refresh_token", fresh) }),
    scope: scope.split(" ").map((each) => LONG_NAMES[each] ?? each).join(" "),
    token_type,
    ...(id_token && { id_token }),
  };
  return { ...answer, ...state.switches.tokenAnswer };
}

/** Uses Google's text for `invalid_grant`, which users search for. */
export function translateRefusal(ctx: Context, form: URLSearchParams): void {
  const { error } = ctx.body as { error?: string };
  if (error !== "invalid_grant") return;
  const refreshing = form.get("grant_type") === "refresh_token";
  ctx.body = { error, error_description: refreshing ? "Token has been expired or revoked." : "Bad Request" };
}
