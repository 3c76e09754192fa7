import type { OpenSubscriptions } from "./open_subscriptions.ts";
import type { Caller } from "../../src/accounts/caller.ts";
import type { EventLog } from "../../src/events/event_log.ts";
import type { BrowserBinding } from "../../src/providers/google/connect/authorization.ts";
import type { Jobs } from "../../src/platform/jobs/jobs.ts";
import type { Loaders } from "../../src/wiring/loaders.ts";
import type { Metrics } from "../../src/operations/metrics/metrics.ts";
import type { ModalStatus } from "../../src/providers/modal/api/modal_status.ts";
import type { ModalServices } from "../../src/providers/modal/connect/token_flow.ts";
import type { RememberedCheck, ServerFacts } from "../../src/operations/health/server.ts";
import type { Services } from "../../src/services.ts";
import type { SeenSessions } from "../../src/accounts/sessions/seen_sessions.ts";
import type { SessionCookies } from "../../src/accounts/sessions/session_cookies.ts";

/** All that resolvers can reach. */
export type SchemaServices = Services & ModalServices & {
  eventLog: EventLog;
  subscriptions: OpenSubscriptions;
  jobs: Pick<Jobs, "counts">;
  metrics: Metrics;
  server: ServerFacts;
  seenSessions: SeenSessions;
  /** As it came out in the last minute, on this instance. */
  modalStatus: () => Promise<ModalStatus>;
  /** Of the systems outside. */
  checks: readonly RememberedCheck[];
  load: Loaders;
};

/** What every resolver is given. */
export type Context = {
  caller: Caller;
  services: SchemaServices;
  cookies: SessionCookies;
  browser: BrowserBinding;
};
