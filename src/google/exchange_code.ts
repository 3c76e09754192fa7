import { whileDatabaseIsAway } from "../db/retry.ts";
import { deadline } from "../deadline.ts";
import { Unauthenticated } from "../errors.ts";
import type { Origin } from "../events/events.ts";
import { changeFlow, FlowEnded, hasEnded, lockFlow } from "../flows/flows.ts";
import { Secret } from "../secret.ts";
import { inTransaction, type Services } from "../services.ts";
import {
  asGoogleAuthorization,
  type Authorization,
  type AuthorizationSecrets,
  type GoogleAuthorizationFlow,
} from "./authorization.ts";
import { GrantLost } from "./authorization_refusals.ts";
import { type GoogleTokens, GoogleUnreachable } from "./google_api.ts";
import { keepNowhereElse, lockStarter } from "./google_authorization_store.ts";
import { storeGoogleGrant } from "./google_credential.ts";
import { signInOfStarter } from "./google_state.ts";

type ExchangeServices = Pick<
  Services,
  "db" | "now" | "wakeLog" | "keys" | "google" | "refreshHorizonSeconds"
>;

/** What Google granted, and whose account it is. */
export type Grant = { tokens: GoogleTokens; account: { subject: string; email: string | null } };

/** Spends the code. Throws the errors of `GoogleApi`. */
export async function exchange(
  { google }: ExchangeServices,
  { detail: { redirectUri } }: GoogleAuthorizationFlow,
  { codeVerifier }: AuthorizationSecrets,
  code: Secret,
): Promise<Grant> {
  const tokens = await google.exchangeCode({ code, codeVerifier: new Secret(codeVerifier), redirectUri });
  if (!tokens.idToken) {
    throw new GoogleUnreachable("finish the Google authorization", "Google does not say whose account it is");
  }
  const { subject, email = null } = await google.verifyIdToken(tokens.idToken.reveal());
  return { tokens, account: { subject, email } };
}

/** How long a grant is held while our database is away. Google would not give it twice. */
const STORE_SECONDS = 20;

/**
 * Seals the grant into the vault, and ends the flow as SUCCEEDED, with which what its caller was doing is given back:
 * no other flow of theirs keeps it any more. Throws `GrantLost` when the database stays away; `FlowEnded` when
 * somebody has ended the flow meanwhile, and `Unauthenticated` when who started it is signed out.
 */
export async function store(
  services: ExchangeServices,
  origin: Origin,
  authorization: Authorization,
  { id, detail }: GoogleAuthorizationFlow,
  { tokens, account }: Grant,
): Promise<GoogleAuthorizationFlow> {
  using limit = deadline(STORE_SECONDS, new AbortController().signal);
  const flow = await whileDatabaseIsAway(limit.signal, () =>
    inTransaction(services, async (tx) => {
      await lockStarter(tx.db, authorization.startedBy);
      const flow = await lockFlow(tx.db, id);
      // Stored by the try before, whose answer was lost.
      if (flow?.status === "SUCCEEDED") return flow;
      if (!flow || hasEnded(flow)) throw new FlowEnded(flow?.status ?? "CANCELLED");
      if (!await signInOfStarter(tx, authorization)) throw new Unauthenticated();
      const ownerId = flow.userId;
      const credential = await storeGoogleGrant(tx, origin, {
        ownerId,
        account,
        tokens,
        scopes: detail.scopes,
      });
      await keepNowhereElse(tx.db, authorization);
      return await changeFlow(tx, origin, flow, {
        status: "SUCCEEDED",
        credentialId: credential.id,
        steps: [tokensReceived(tokens, detail.scopes), {
          name: "stored",
          message: `Sealed into the vault for ${credential.label}`,
          data: { credentialId: credential.id },
        }],
      });
    }));
  if (!flow) throw new GrantLost();
  return asGoogleAuthorization(flow);
}

/** What came, and what did not. */
function tokensReceived({ refreshToken, scopes = [] }: GoogleTokens, asked: readonly string[]) {
  const missing = scopes.length > 0 ? asked.filter((scope) => !granted(scope, scopes)) : [];
  const without = [
    ...(missing.length > 0 ? [`without ${missing.length} of the scopes asked for`] : []),
    ...(refreshToken ? [] : ["without a refresh token"]),
  ];
  return {
    name: "tokens_received",
    message: ["Google granted access", ...without].join(", "),
    data: { scopes, missing, refreshToken: refreshToken !== undefined },
  };
}

/** Google calls `email` by another name when it grants it. */
function granted(scope: string, scopes: readonly string[]): boolean {
  return scopes.includes(scope) || scopes.includes(`https://www.googleapis.com/auth/userinfo.${scope}`);
}
