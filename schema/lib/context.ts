import type { HasClock } from "../../src/lib/clock.ts";
import type { HasEventLog } from "../../src/events/transaction.ts";
import type { DiagnosisServices } from "../../src/diagnosis/collect.ts";
import type { Rule } from "../../src/diagnosis/facts.ts";
import type { HasInstance } from "../../src/operations/instances/instances.ts";
import type { HasKeys } from "../../src/platform/keys/root_key.ts";
import type { HasLimits } from "../../src/operations/limits/limits.ts";
import type { HasRefreshHorizon } from "../../src/vault/refresh_timing.ts";
import type { OpenSubscriptions } from "./open_subscriptions.ts";
import type { Caller, HasFreshProof } from "../../src/operations/caller.ts";
import type { EventLog } from "../../src/events/event_log.ts";
import type { BrowserBinding } from "../../src/vault/browser_consent.ts";
import type { Jobs } from "../../src/platform/jobs/jobs.ts";
import type { Loaders } from "../../src/wiring/loaders.ts";
import type { HasMetrics, Metrics } from "../../src/operations/metrics/metrics.ts";
import type { ProviderClients, ProviderServices } from "../../src/providers/providers.ts";
import type { RememberedCheck, ServerFacts } from "../../src/operations/health/server.ts";
import type { HasAllowances } from "../../src/operations/limits/allowances.ts";
import type { HasLinkLifetimes } from "../../src/accounts/links/links.ts";
import type { HasMail } from "../../src/platform/mail/mail_configured.ts";
import type { MethodSettings } from "../../src/sign_in/methods.ts";
import type { HasProviders } from "../../src/vault/provider.ts";
import type { HasPasswords } from "../../src/sign_in/password/hash_queue.ts";
import type { HasAllowedOrigins, HasPublicUrl } from "../../src/lib/public_url.ts";
import type { HasQueue } from "../../src/platform/jobs/queue.ts";
import type { HasRandom } from "../../src/lib/crypto.ts";
import type { HasRefresher } from "../../src/vault/refresh.ts";
import type { HasRelyingParty } from "../../src/accounts/factors/passkeys/relying_party.ts";
import type { HasRefusals } from "../../src/accounts/refusals/refusals.ts";
import type { HasRevokedSessions } from "../../src/accounts/sessions/revoked_sessions.ts";
import type { HasSessionIssuer } from "../../src/accounts/sessions/issue_session.ts";
import type { HasStateRequirements } from "../../src/accounts/states/requirements.ts";
import type { HasTimingFailures } from "../../src/accounts/sessions/token_timing.ts";
import type { SeenSessions } from "../../src/accounts/sessions/seen_sessions.ts";
import type { SessionCookies } from "../../src/accounts/sessions/session_cookies.ts";

/** Everything that resolvers can use. */
export type SchemaServices =
  & HasClock
  & HasEventLog
  & HasInstance
  & HasKeys
  & HasLimits
  & HasRefreshHorizon
  & ProviderClients
  & ProviderServices
  & HasAllowances
  & HasLinkLifetimes
  & HasMail
  & HasMetrics
  & MethodSettings
  & HasPasswords
  & HasProviders
  & HasPublicUrl
  & HasAllowedOrigins
  & HasQueue
  & HasFreshProof
  & HasRandom
  & HasRefresher
  & HasRelyingParty
  & HasRefusals
  & HasRevokedSessions
  & HasSessionIssuer
  & HasStateRequirements
  & HasTimingFailures
  & Pick<DiagnosisServices, "failedChecks" | "countersOf" | "anonymousTypes">
  & {
    eventLog: EventLog;
    subscriptions: OpenSubscriptions;
    jobs: Pick<Jobs, "counts" | "nextRun">;
    metrics: Metrics;
    server: ServerFacts;
    seenSessions: SeenSessions;
    /** Health checks of external systems. */
    checks: readonly RememberedCheck[];
    /** Finds the causes of a diagnosis. */
    rules: readonly Rule[];
    load: Loaders;
  };

/** The GraphQL context of a request. */
export type Context = {
  caller: Caller;
  services: SchemaServices;
  cookies: SessionCookies;
  /** The browser of the request, as the authorizations of this provider know it. */
  browserOf: (slug: string) => BrowserBinding;
};
