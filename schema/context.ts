import type DataLoader from "dataloader";
import type { OpenSubscriptions } from "./open_subscriptions.ts";
import type { Caller } from "../src/caller.ts";
import type { EventLog } from "../src/events/event_log.ts";
import type { Flow } from "../src/flows/flows.ts";
import type { Authorization, BrowserBinding } from "../src/google/authorization.ts";
import type { Jobs } from "../src/jobs/jobs.ts";
import type { Metrics } from "../src/metrics/metrics.ts";
import type { ModalServices } from "../src/modal/token_flow.ts";
import type { RememberedCheck, ServerFacts } from "../src/server/server.ts";
import type { Services } from "../src/services.ts";
import type { SeenSessions } from "../src/sessions/seen_sessions.ts";
import type { Session } from "../src/sessions/sessions.ts";
import type { SessionCookies } from "../src/sessions/session_cookies.ts";
import type { User } from "../src/users/users.ts";
import type { Credential } from "../src/vault/vault.ts";

/** All that resolvers can reach. */
export type SchemaServices = Services & ModalServices & {
  eventLog: EventLog;
  subscriptions: OpenSubscriptions;
  jobs: Pick<Jobs, "counts">;
  metrics: Metrics;
  server: ServerFacts;
  seenSessions: SeenSessions;
  /** Of the systems outside. */
  checks: readonly RememberedCheck[];
  /** Read rows by id, everybody's in one query; nothing is kept. */
  load: {
    flow: DataLoader<string, Flow | undefined>;
    credential: DataLoader<string, Credential | undefined>;
    user: DataLoader<string, User | undefined>;
    session: DataLoader<string, Session | undefined>;
    /** By its flow. */
    googleAuthorization: DataLoader<string, Authorization | undefined>;
    /** By the flow of an e-mailed code. */
    attemptsLeft: DataLoader<string, number | undefined>;
  };
};

/** What every resolver is given. */
export type Context = {
  caller: Caller;
  services: SchemaServices;
  cookies: SessionCookies;
  browser: BrowserBinding;
};
