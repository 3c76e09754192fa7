import type { MailWriters } from "../accounts/mail/mail_request.ts";
import type { SendServices } from "../accounts/mail/send_mail.ts";
import type { HasRevokedSessions } from "../accounts/sessions/revoked_sessions.ts";
import type { User } from "../accounts/users/users.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { FlowKind } from "../flows/flow_kind.ts";
import type { HasClock } from "../lib/clock.ts";
import type { AuthErrorClass } from "../lib/errors.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
import type { Limit } from "../operations/limits/limit.ts";
import type { Variables } from "../platform/config/variable.ts";
import type { Loader } from "../platform/db/loader.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { RecurringJob } from "../platform/jobs/recurring.ts";

/** A way to sign in. Each describes itself in its folder, and has a line in `methods.ts`. */
export type SignInMethod = {
  /** As sessions, events and the API call it. */
  id: string;
  /** Set when it makes guests. A guest has no other method, and a user never has this one. */
  forGuests?: true;
  /** Whether this user can sign in by it now. Guests are asked about methods for guests, users about all others. */
  isOpenTo: (user: User) => boolean;
  /** The mutations that sign a user in by it. */
  mutations: readonly string[];
  /** The environment variables that it reads, and the limits that it has. */
  variables: Variables;
  limits: Readonly<Record<string, Limit>>;
  /** What its operations need of the configuration. Resolvers find it in their services. */
  settings?: (config: never) => object;
  /** The refusals of its mutations, beside those that every mutation has. */
  refusals: readonly AuthErrorClass[];
  /** The refusals of its mutations that answer `Done`. */
  doneRefusals?: readonly AuthErrorClass[];
  /** Facts that the sign-in page needs. They are public. */
  offers?: (services: never) => object;
  /** The URL under which another site serves the scripts that the sign-in page needs for it. */
  foreignScripts?: (services: never) => string | undefined;
  /** The flows that it starts. */
  flow?: FlowKind;
  /** Writes the mails that were requested by address. */
  mails?: MailWriters;
  /** Called with the outcome of each mail, in the transaction that records it. */
  noteMail?: SendServices["noteMail"];
  /** Finds rows of its own by many ids in one query, for resolvers. */
  loaders?: Readonly<Record<string, Loader<unknown>>>;
  /** Recurring work. */
  jobs?: (services: JobServices, config: never) => RecurringJob[];
  /** Deletes rows that nothing needs any more. */
  prune?: (services: HasDatabase & HasClock) => Promise<void>;
};

type JobServices = HasClock & HasEventLog & HasMetrics & HasRevokedSessions;
