import type { Provider } from "oidc-provider";
import type { Interaction, KoaContextWithOIDC } from "oidc-provider";
import { consentPage, PAGE_HEADERS, plainPage } from "./consent_page.ts";
import { DEFAULT_EMAIL, isAddress } from "./people.ts";
import { AUTHORIZATION_PATH, CONSENT_PATH, type GoogleState } from "./provider.ts";
import { readForm } from "./request_body.ts";

const PATH = new RegExp(`^${CONSENT_PATH}/([^/]+)(?:/(approve|deny))?$`);
const RESUME = new RegExp(`^${AUTHORIZATION_PATH}/([^/]+)$`);

type Context = Pick<KoaContextWithOIDC, "req" | "res" | "path" | "method" | "status" | "body" | "set">;

/**
 * Serves the consent page, at `/consent/<id>`. A GET changes nothing. A POST to `…/approve` or `…/deny`, from the page
 * or from a script, decides and redirects to the application. `…/approve` takes `email`, and `scope` for each granted
 * scope; without `choose` and `scope` it grants all. Answers 404 for an unknown id. Returns false for other paths.
 */
export async function serveConsent(provider: Provider, state: GoogleState, ctx: Context): Promise<boolean> {
  const [, id, decision] = PATH.exec(ctx.path) ?? [];
  // The interaction is found by the path. It is not bound to a browser, so that scripts without cookies can use it.
  ctx.req.headers.cookie = cookiesFor(id ?? RESUME.exec(ctx.path)?.[1]);
  if (!id) return false;
  ctx.set(PAGE_HEADERS);
  const interaction = await provider.interactionDetails(ctx.req, ctx.res).catch(() => undefined);
  const allowed = decision ? ["POST"] : ["GET", "HEAD"];
  if (!interaction) {
    show(ctx, 404, plainPage("Sign-in not found", "Start the sign-in again."));
  } else if (!allowed.includes(ctx.method)) {
    show(ctx, 405, plainPage("Method not allowed", `Allowed: ${allowed.join(", ")}.`));
  } else if (!decision) {
    show(ctx, 200, consentPage(askedOf(interaction)));
  } else {
    const form = decision === "approve" ? new URLSearchParams(await readForm(ctx.req)) : undefined;
    const result = form ? await granted(provider, state, interaction, form) : DENIED;
    if (!result) {
      show(ctx, 400, plainPage("Invalid e-mail address", "Go back and enter an e-mail address."));
      return true;
    }
    ctx.status = 303;
    ctx.set("location", await provider.interactionResult(ctx.req, ctx.res, result));
    ctx.body = "";
  }
  return true;
}

const DENIED = { error: "access_denied", error_description: "The user denied the request" };

function show(ctx: Context, status: number, html: string): void {
  ctx.status = status;
  ctx.body = html;
}

function cookiesFor(id: string | undefined): string {
  return id ? `_interaction=${id}; _interaction_resume=${id}` : "";
}

function askedOf({ uid, params }: Interaction) {
  return {
    path: `${CONSENT_PATH}/${uid}`,
    clientId: String(params["client_id"]),
    scopes: String(params["scope"] ?? "").split(" ").filter((scope) => scope !== ""),
    email: String(params["login_hint"] ?? DEFAULT_EMAIL),
  };
}

/** The granted scopes in the provider's format; undefined for an invalid address. */
async function granted(
  provider: Provider,
  { people, consents, offlineGrants, switches }: GoogleState,
  interaction: Interaction,
  form: URLSearchParams,
) {
  const { clientId, scopes, email: hinted } = askedOf(interaction);
  const email = form.get("email")?.trim() || hinted;
  if (!isAddress(email)) return undefined;
  const { sub } = people.account({ email });
  const ticked = form.has("choose") || form.has("scope") ? form.getAll("scope") : scopes;
  const grantable = (scope: string) => switches.grantableScopes?.includes(scope) ?? true;
  const grant = new provider.Grant({ accountId: sub, clientId });
  const given = scopes.filter((scope) => scope === "openid" || (ticked.includes(scope) && grantable(scope)));
  grant.addOIDCScope(given.join(" "));
  grant.rejectOIDCScope(scopes.filter((scope) => !given.includes(scope)).join(" "));
  const grantId = await grant.save();
  const { access_type: accessType, prompt } = interaction.params;
  const first = !consents.has(`${sub} ${clientId}`);
  consents.add(`${sub} ${clientId}`);
  const asked = accessType === "offline" && (first || prompt === "consent");
  if (asked && switches.refreshTokens === "as_google") offlineGrants.add(grantId);
  return { login: { accountId: sub }, consent: { grantId } };
}
