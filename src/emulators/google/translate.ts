import type { KoaContextWithOIDC } from "oidc-provider";
import type { GoogleState } from "./provider.ts";
import { LONG_NAMES, SCOPES } from "./scopes.ts";
import { dressed, noteSecret } from "./token_texts.ts";

type Context = KoaContextWithOIDC;

/** Answers in plain words. */
export function refuse(ctx: Context, status: number, text: string): void {
  ctx.status = status;
  ctx.body = `${text}\n`;
}

/** Google's scopes and prompts in the provider's words. False when Google would refuse the request: it is answered. */
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
  // Whoever comes chooses an account in any case.
  const prompts = (query.get("prompt") ?? "").split(" ").filter((prompt) =>
    ["consent", "none"].includes(prompt)
  );
  if (prompts.length > 0) query.set("prompt", prompts.join(" "));
  else query.delete("prompt");
  ctx.querystring = query.toString();
  return true;
}

/** Codes in Google's form, and what was granted beside them. */
export function translateRedirect(ctx: Context, state: GoogleState): void {
  const url = URL.parse(ctx.response.get("location"));
  const code = url?.searchParams.get("code");
  if (!url || !code) return;
  url.searchParams.set("code", dressed(state, "code", code));
  ctx.set("location", url.href);
}

/** What the provider's token endpoint answers. */
export type ProviderTokens = {
  access_token: string;
  refresh_token?: string;
  id_token?: string;
  scope?: string;
  expires_in: number;
  token_type: string;
};

/** The same as Google has it, with what the switches put over it. */
export function tokenAnswer(
  state: GoogleState,
  tokens: ProviderTokens,
  form: URLSearchParams,
): Record<string, unknown> {
  const { access_token, refresh_token, id_token, scope = "", expires_in, token_type } = tokens;
  if (id_token) noteSecret(state.secrets, id_token);
  // A refresh brings no new refresh token: the old one goes on.
  const fresh = form.get("grant_type") === "authorization_code" ? refresh_token : undefined;
  const answer = {
    access_token: dressed(state, "access_token", access_token),
    expires_in,
    ...(fresh && { refresh_token: dressed(state, "refresh_token", fresh) }),
    scope: scope.split(" ").map((each) => LONG_NAMES[each] ?? each).join(" "),
    token_type,
    ...(id_token && { id_token }),
  };
  return { ...answer, ...state.switches.tokenAnswer };
}

/** The words of Google's refusals, where people have learned to look for them. */
export function translateRefusal(ctx: Context, form: URLSearchParams): void {
  const { error } = ctx.body as { error?: string };
  if (error !== "invalid_grant") return;
  const refreshing = form.get("grant_type") === "refresh_token";
  ctx.body = { error, error_description: refreshing ? "Token has been expired or revoked." : "Bad Request" };
}
