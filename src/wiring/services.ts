import { atLocalhost, relyingPartyOf } from "../accounts/factors/passkeys/relying_party.ts";
import { requireFreshProof } from "../accounts/factors/step_up.ts";
import { recordRefusals } from "../accounts/refusals/refusals.ts";
import { trackRevokedSessions } from "../accounts/sessions/revoked_sessions.ts";
import { noteSeenSessions } from "../accounts/sessions/seen_sessions.ts";
import { openSigningKeys } from "../accounts/sessions/signing_keys.ts";
import { noteTimingFailures } from "../accounts/sessions/token_timing.ts";
import { VerifiedTokenCache } from "../accounts/sessions/verified_token_cache.ts";
import type { Config } from "../config.ts";
import { randomBytes } from "../lib/crypto.ts";
import { argon2id } from "../lib/password_hash.ts";
import { createAllowances } from "../operations/limits/allowances.ts";
import { createLimits } from "../operations/limits/limits.ts";
import { urlHost } from "../platform/network/ip_address.ts";
import { connectProviders, startProviders } from "../providers/providers.ts";
import { amrOfMethod, isForGuests, settingsOf } from "../sign_in/methods.ts";
import { createHashQueue } from "../sign_in/password/hash_queue.ts";
import { createRefresher } from "../vault/refresh.ts";
import type { AppOverrides } from "./app_overrides.ts";
import type { Platform } from "./platform.ts";
import { lifetimesOf, limitsOf } from "./settings.ts";

export type Services = Awaited<ReturnType<typeof createServices>>;

/** Creates what operations use, and adds each part that must be closed to `made`. */
export async function createServices(
  config: Config,
  overrides: AppOverrides,
  platform: Platform,
  made: AsyncDisposableStack,
) {
  const { db, now, keys, wakeLog, eventLog, metrics, instance, jobs, mailer } = platform;
  const sessions = await openSessions(config, platform, made);
  const refusals = recordRefusals({ db, now, keys, wakeLog });
  made.defer(() => refusals.close());
  const passwords = createHashQueue(
    overrides.passwordHash ?? argon2id,
    metrics.observeHash,
    overrides.hashesAtOnce,
  );
  const onHit = () => metrics.add("limitsHit");
  const limits = createLimits({ db, now, onHit }, limitsOf(config));
  const clients = await connectProviders(config, { ...overrides, now });
  const ownOrigin = new URL(`http://${urlHost(config.HOST)}:${config.PORT}`).origin;
  const ownUrl = () => overrides.listensAt?.() ?? ownOrigin;
  const base = {
    ...clients,
    ...sessions,
    db,
    now,
    random: randomBytes,
    wakeLog,
    keys,
    refreshHorizonSeconds: config.VAULT_REFRESH_HORIZON_HOURS * 60 * 60,
    count: metrics.add,
    limits,
    allowances: createAllowances({ limits, now, onHit }),
    passwords,
    requireFreshProof,
    stateRequirements: config.STATE_REQUIREMENTS,
    ...settingsOf(config),
    publicUrl: () => config.PUBLIC_URL ?? ownUrl(),
    allowedOrigins: config.ALLOWED_ORIGINS,
    relyingParty: () =>
      relyingPartyOf(new URL(config.PUBLIC_URL ?? atLocalhost(ownUrl())), config.ALLOWED_ORIGINS),
    linkSeconds: {
      VERIFY_EMAIL: config.VERIFICATION_LINK_HOURS * 60 * 60,
      RESET_PASSWORD: config.RESET_LINK_MINUTES * 60,
    },
    enqueue: jobs.enqueue,
    mailConfigured: mailer !== undefined,
    instanceId: instance.id,
  };
  const { providers, services: providerServices } = startProviders({ ...base, eventLog });
  made.defer(async () => {
    await Promise.all(providers.map((provider) => provider.close()));
  });
  instance.onRenewed(async () => {
    await Promise.all(providers.map((provider) => provider.takeOver?.()));
  });
  const refresher = createRefresher(
    base,
    Object.fromEntries(providers.map(({ id, tokens }) => [id, tokens])),
  );
  const waitingFlows = () => providers.reduce((sum, { waiting }) => sum + (waiting?.() ?? 0), 0);
  metrics.addGauges({
    waitingFlows: { help: "Flows of providers polled by this instance", read: waitingFlows },
    hashQueue: { help: "Hashes of passwords that wait for their turn", read: () => passwords.waiting },
    refreshesUnderWay: { help: "Refreshes of credentials under way", read: () => refresher.underWay },
  });
  return { ...base, ...providerServices, providers, refresher, refusals, ownOrigin, waitingFlows };
}

/** Opens what issues and verifies sessions. */
async function openSessions(
  config: Config,
  { db, now, keys, wakeLog, eventLog, metrics }: Platform,
  made: AsyncDisposableStack,
) {
  const issuer = config.PUBLIC_URL ?? UNNAMED_ISSUER;
  const lifetimes = lifetimesOf(config);
  const signingKeys = await openSigningKeys({ db, now, keys, wakeLog }, config.ACCESS_TOKEN_ALGORITHM);
  made.defer(eventLog.listen(["type:signing_key.added"], () => void signingKeys.reload().catch(() => {})));
  const revokedSessions = await trackRevokedSessions({ db, now, lifetimes }, eventLog);
  made.defer(() => revokedSessions.close());
  metrics.addGauges({
    revokedSessions: {
      help: "Ended sessions kept in memory",
      read: () => revokedSessions.size,
      aggregator: "max",
    },
  });
  const seenSessions = noteSeenSessions({ db, now });
  made.defer(() => seenSessions.close());
  const timingFailures = noteTimingFailures({ db, now, wakeLog, count: metrics.add });
  made.defer(() => timingFailures.close());
  return {
    sessions: {
      verifiedTokens: new VerifiedTokenCache(),
      mostPerUser: config.SESSIONS_PER_USER,
      signingKeys,
      signingAlgorithm: config.ACCESS_TOKEN_ALGORITHM,
      issuer: { issuer, audience: config.ACCESS_TOKEN_AUDIENCE ?? issuer },
      clientId: config.ACCESS_TOKEN_CLIENT_ID,
      claims: config.ACCESS_TOKEN_CLAIMS ?? {},
      lifetimes,
      isForGuests,
      amrOfMethod,
      authRequirements: config.STATE_REQUIREMENTS.AUTH,
    },
    revokedSessions,
    seenSessions,
    timingFailures,
  };
}

/** The default `iss` and `aud` without a `PUBLIC_URL`. It is the same on every instance. */
const UNNAMED_ISSUER = "urn:sallyport";
