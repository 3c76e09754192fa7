import type { MailWriters } from "../accounts/mail/mail_request.ts";
import type { SendServices } from "../accounts/mail/send_mail.ts";
import type { HasRevokedSessions } from "../accounts/sessions/revoked_sessions.ts";
import type { User } from "../accounts/users/users.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { Account } from "../diagnosis/collect.ts";
import type { Rule } from "../diagnosis/facts.ts";
import type { FlowKind } from "../flows/flow_kind.ts";
import type { HasClock } from "../lib/clock.ts";
import type { AuthErrorClass } from "../lib/errors.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
import type { Limit } from "../operations/limits/limit.ts";
import type { KeyedCharge } from "../operations/limits/limits.ts";
import type { Variables } from "../platform/config/variable.ts";
import type { Loader } from "../platform/db/loader.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { RecurringJob } from "../platform/jobs/recurring.ts";

/** A sign-in method. Each one is described in its folder and listed in `methods.ts`. */
export type SignInMethod = {
  /** The id in sessions, events and the API. */
  id: string;
  /** Set if the method creates guests. Guests have no other method, and users never have this one. */
  forGuests?: true;
  /** Whether this user can sign in with it now. Only asked for guests if `forGuests`, only for users otherwise. */
  isOpenTo: (user: User) => boolean;
  /** The `amr` values of its proof. Empty if RFC 8176 has none for it. */
  amr: readonly string[];
  /** The mutations that sign in with it. */
  mutations: readonly string[];
  /** Its environment variables and rate limits. */
  variables: Variables;
  limits: Readonly<Record<string, Limit>>;
  /** Builds the settings of its operations from the configuration. They are added to the services of resolvers. */
  settings?: (config: never) => object;
  /** Errors of its mutations, in addition to those common to all mutations. */
  refusals: readonly AuthErrorClass[];
  /** Errors of its mutations that return `Done`. */
  doneRefusals?: readonly AuthErrorClass[];
  /** Public data for the sign-in page. */
  offers?: (services: never) => object;
  /** The URL prefix of third-party scripts that the sign-in page loads for it. */
  foreignScripts?: (services: never) => string | undefined;
  /** The kind of flow it starts. */
  flow?: FlowKind;
  /** Writes the mails requested by address. */
  mails?: MailWriters;
  /** Called with the outcome of each mail, in the transaction that records it. */
  noteMail?: SendServices["noteMail"];
  /** Finds its own rows by many ids in one query, for resolvers. */
  loaders?: Readonly<Record<string, Loader<unknown>>>;
  /** Recurring jobs. */
  jobs?: (services: JobServices, config: never) => RecurringJob[];
  /** Types of its events that can be about a caller who was not identified. */
  anonymousEvents?: readonly string[];
  /** Finds causes why it does not sign in. */
  rules?: readonly Rule[];
  /** Its counters of an account, or of a name without one. */
  countersOf?: (account: Account) => KeyedCharge[];
  /** Deletes expired rows. */
  prune?: (services: HasDatabase & HasClock) => Promise<void>;
};

type JobServices = HasClock & HasEventLog & HasMetrics & HasRevokedSessions;
