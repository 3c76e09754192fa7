import { whileDatabaseIsAway } from "../../../platform/db/retry.ts";
import { Unauthenticated } from "../../../lib/errors.ts";
import type { Origin } from "../../../events/events.ts";
import { changeFlow, FlowEnded, hasEnded, lockFlow } from "../../../flows/flows.ts";
import { operatorHolds } from "../../../operations/operators/operators.ts";
import { Secret } from "../../../lib/secret.ts";
import { type HasEventLog, inTransaction, type Tx } from "../../../events/transaction.ts";
import type { HasRefreshHorizon } from "../../../vault/refresh_timing.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { liveSession } from "../../../accounts/sessions/live_session.ts";
import {
  asGoogleAuthorization,
  type Authorization,
  type AuthorizationSecrets,
  type GoogleAuthorizationFlow,
} from "./authorization.ts";
import { GrantLost } from "./authorization_refusals.ts";
import { type GoogleTokens, GoogleUnreachable, type HasGoogle } from "../api/google_api.ts";
import { clearResumeElsewhere, lockStarter } from "./google_authorization_store.ts";
import { storeGoogleGrant } from "../credential/google_credential.ts";
import { missingScopes } from "../api/google_scopes.ts";

type ExchangeServices = HasClock & HasEventLog & HasKeys & HasGoogle & HasRefreshHorizon;

/** The tokens that Google granted and the Google account. */
export type Grant = { tokens: GoogleTokens; account: { subject: string; email: string | null } };

/**
 * Exchanges the code for tokens.
 *
 * @throws the errors of `GoogleApi`.
 */
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

/** How long we retry to store a grant while our database is unavailable. Google does not issue it twice. */
const STORE_SECONDS = 20;

/**
 * Seals the grant into the vault and ends the flow as SUCCEEDED. The flow alone keeps its `resume`: other
 * authorizations with the same one lose it.
 *
 * @throws GrantLost if the database stays unavailable.
 * @throws FlowEnded if the flow has ended in the meantime.
 * @throws Unauthenticated if the user or operator is no longer signed in.
 */
export async function store(
  services: ExchangeServices,
  origin: Origin,
  authorization: Authorization,
  { id, detail }: GoogleAuthorizationFlow,
  { tokens, account }: Grant,
): Promise<GoogleAuthorizationFlow> {
  const limit = AbortSignal.timeout(STORE_SECONDS * 1000);
  const flow = await whileDatabaseIsAway(limit, () =>
    inTransaction(services, async (tx) => {
      await lockStarter(tx.db, authorization.startedBy);
      const isSignedIn = await isStarterSignedIn(tx, authorization);
      const flow = await lockFlow(tx.db, id);
      // An earlier attempt stored it, but its response was lost.
      if (flow?.status === "SUCCEEDED") return flow;
      if (!flow || hasEnded(flow)) throw new FlowEnded(flow?.status ?? "CANCELLED");
      if (!isSignedIn) throw new Unauthenticated();
      const ownerId = flow.userId;
      const credential = await storeGoogleGrant(tx, origin, {
        ownerId,
        account,
        tokens,
        scopes: detail.scopes,
      });
      await clearResumeElsewhere(tx.db, authorization);
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

/** Whether the user or operator is still signed in. The user's session cannot end before the transaction does. */
async function isStarterSignedIn(
  tx: Tx<ExchangeServices>,
  { startedBy, sessionId }: Authorization,
): Promise<boolean> {
  if (sessionId === null) return await operatorHolds(tx, startedBy);
  return await liveSession(tx, { userId: startedBy, sessionId }) !== undefined;
}

/** The flow's step: granted scopes, missing scopes, and whether there is a refresh token. */
function tokensReceived({ refreshToken, scopes = [] }: GoogleTokens, requested: readonly string[]) {
  const missing = scopes.length > 0 ? missingScopes(scopes, requested) : [];
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
