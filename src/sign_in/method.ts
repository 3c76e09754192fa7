import type { MailWriters } from "../accounts/mail/mail_request.ts";
import type { SendServices } from "../accounts/mail/send_mail.ts";
import type { HasRevokedSessions } from "../accounts/sessions/revoked_sessions.ts";
import type { User } from "../accounts/users/users.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { FlowKind } from "../flows/flow_kind.ts";
import type { HasClock } from "../lib/clock.ts";
import type { AuthError } from "../lib/errors.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
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
  /** The refusals of these mutations, beside those that every mutation has. */
  refusals: readonly (new (...args: never[]) => AuthError)[];
  /** Facts that the sign-in page needs. They are public. */
  offers?: (services: never) => object;
  /** The URL under which another site serves the scripts that the sign-in page needs for it. */
  foreignScripts?: (services: never) => string | undefined;
  /** The flows that it starts. */
  flow?: FlowKind;
  /** Writes the mails that were requested by address. */
  mails?: Partial<MailWriters>;
  /** Called with the outcome of each mail, in the transaction that records it. */
  noteMail?: SendServices["noteMail"];
  /** Recurring work. */
  jobs?: (services: JobServices, config: never) => RecurringJob[];
  /** Deletes rows that nothing needs any more. */
  prune?: (services: HasDatabase & HasClock) => Promise<void>;
};

type JobServices = HasClock & HasEventLog & HasMetrics & HasRevokedSessions;
