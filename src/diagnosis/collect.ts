import { mailsTo } from "../accounts/mail/mail.ts";
import { findSimilarNames } from "../accounts/users/users.ts";
import type { EventFilter, Subject } from "../events/event_filter.ts";
import { type AuthEvent, readEvents } from "../events/events.ts";
import { SECOND_FACTOR } from "../accounts/factors/factor_terms.ts";
import { findFlows, type Flow, pageOfFlows } from "../flows/flows.ts";
import type { HasClock } from "../lib/clock.ts";
import type { Check } from "../operations/health/server.ts";
import { addressBlock } from "../operations/limits/address_block.ts";
import type { HasLimits, KeyedCharge } from "../operations/limits/limits.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { Jobs } from "../platform/jobs/jobs.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { HasRefreshHorizon } from "../vault/refresh_timing.ts";
import { type Credential, pageOfCredentials, presentHealth } from "../vault/vault.ts";
import { isAddressLimit, isRefusal } from "./evidence.ts";
import type { Facts } from "./facts.ts";
import type { About } from "./subject.ts";

export type DiagnosisServices = HasDatabase & HasClock & HasKeys & HasLimits & HasRefreshHorizon & {
  jobs: Pick<Jobs, "nextRun">;
  /** Returns the failed health checks of this instance. */
  failedChecks: () => Promise<Check[]>;
  /** Returns the counters of an account. */
  countersOf: (account: Account) => KeyedCharge[];
  /** The types of events that can be about a caller who was not identified. */
  anonymousTypes: readonly string[];
};

/** An account, or a name that may have none. */
export type Account = Pick<Facts, "user" | "name">;

/** Older events are not read: they are seldom the cause. */
const DAYS_READ = 7;

/** Maximum number of events, and of rows of each other kind. */
const MOST_EVENTS = 500;
const MOST_ROWS = 20;

/** Anonymous refusals are read from at most this many addresses of a user. */
const MOST_ADDRESSES = 10;

/** Reads everything that rules need, with a bounded number of rows. */
export async function collectFacts(services: DiagnosisServices, about: About): Promise<Facts> {
  const { db } = services;
  const now = services.now();
  const { user, name } = about;
  const [mails, similar, failedChecks, credentials, limits] = await Promise.all([
    mailsOf(services, about),
    name && !user ? findSimilarNames(db, name) : [],
    services.failedChecks(),
    credentialsOf(services, about),
    services.limits.reached(services.countersOf({ user, name })),
  ]);
  const flows = await flowsOf(services, about, mails.flatMap(({ flowId }) => flowId ?? []));
  const since = new Date(now.getTime() - DAYS_READ * 24 * 60 * 60 * 1000);
  const events = await eventsOf(services, about, flows, since);
  const last = mails.at(-1);
  const mailRetryAt = last?.status === "RETRYING"
    ? await services.jobs.nextRun("mail.send", last.id)
    : undefined;
  return { now, name, user, similar, events, limits, mails, mailRetryAt, flows, credentials, failedChecks };
}

function mailsOf({ db }: HasDatabase, { user, name }: About) {
  const addresses = [user?.email?.toLowerCase(), name?.kind === "email" ? name.key : undefined];
  return mailsTo(db, addresses.filter((address) => address !== undefined), user?.id, MOST_ROWS);
}

async function flowsOf({ db }: HasDatabase, about: About, ids: readonly string[]): Promise<Flow[]> {
  const { user } = about;
  const own = user ? await pageOfFlows(db, { limit: MOST_ROWS, newestFirst: true }, { userId: user.id }) : [];
  const mailed = ids.length > 0 ? [...(await findFlows(db, ids)).values()] : [];
  const flows = new Map(
    [...own, ...mailed, ...(about.flow ? [about.flow] : [])].map((flow) => [flow.id, flow]),
  );
  return [...flows.values()].toSorted((one, other) => one.id < other.id ? -1 : 1);
}

async function credentialsOf(
  services: DiagnosisServices,
  { user, credential }: About,
): Promise<Credential[]> {
  const page = { limit: MOST_ROWS, newestFirst: true };
  const own = user ? await pageOfCredentials(services.db, page, { ownerId: user.id }) : [];
  const all = credential && !own.some(({ id }) => id === credential.id) ? [credential, ...own] : own;
  return all.map((each) => ({ ...each, health: presentHealth(services, each) }));
}

/** Reads the newest events about the subject and the anonymous refusals from its addresses, oldest first. */
async function eventsOf(
  { db, anonymousTypes }: DiagnosisServices,
  about: About,
  flows: readonly Flow[],
  since: Date,
): Promise<AuthEvent[]> {
  const subjects: Subject[] = [
    ...about.subjects,
    ...flows.map(({ id }): Subject => ({ field: "flowId", value: id })),
  ];
  const own = subjects.length > 0
    ? await readEvents(db, { limit: MOST_EVENTS, newestFirst: true }, { subjects, since })
    : [];
  const addresses = addressesOf(about, own, flows);
  const refused = await refusedFrom(db, addresses, { since, types: anonymousTypes });
  const unnamed = refused.filter((event) => isUnnamed(event) || isOfAddress(event, about));
  const cleared = await clearedFor(db, addresses, since);
  const events = new Map([...own, ...unnamed, ...cleared].map((event) => [event.position, event]));
  return [...events.values()].toSorted((one, other) => one.position - other.position);
}

/** Reads the refusals from these addresses. */
async function refusedFrom(
  db: HasDatabase["db"],
  addresses: readonly string[],
  filter: EventFilter,
): Promise<AuthEvent[]> {
  const pages = await Promise.all(
    addresses.map((ipAddress) =>
      readEvents(db, { limit: MOST_ROWS, newestFirst: true }, { ...filter, ipAddress })
    ),
  );
  return pages.flat();
}

/** Whether the event names no user. It is probably about the user of the client address. */
function isUnnamed({ userId, data }: AuthEvent): boolean {
  return userId === null && !data["subject"];
}

/** Whether the event is about the client address that was asked about. The limits of a name are not. */
function isOfAddress(event: AuthEvent, { asked }: About): boolean {
  return asked.kind === "address" && event.ipAddress === asked.ipAddress &&
    (!isRefusal("RATE_LIMITED")(event) || isAddressLimit(event));
}

/** Reads the events by which operators cleared the limits of these addresses. */
async function clearedFor(
  db: HasDatabase["db"],
  addresses: readonly string[],
  since: Date,
): Promise<AuthEvent[]> {
  const blocks = addresses.map(addressBlock);
  const page = { limit: MOST_ROWS, newestFirst: true };
  const cleared = await readEvents(db, page, { types: ["limits.cleared"], since });
  return cleared.filter(({ data }) => blocks.includes(String(data["block"])));
}

/**
 * Returns the addresses that the user had while signed in. The first step of a sign-in is not enough: another person
 * can know the password of a user with second factors. Only if there are none, returns those of callers that typed
 * the user's name: anyone can type it, and so put refusals of their own into the user's diagnosis.
 */
function addressesOf(
  { asked, user }: About,
  events: readonly AuthEvent[],
  flows: readonly Flow[],
): string[] {
  // Flows that were deleted, or are too many to be read, prove nothing.
  const proven = new Set(flows.filter(isProven).map(({ id }) => id));
  const own = events.filter(({ actor, type, flowId }) =>
    actor === `user:${user?.id}` && !type.endsWith(".accepted") && (flowId === null || proven.has(flowId))
  );
  const named = events.filter(({ actor }) => actor === "system");
  const addresses = (
    from: readonly AuthEvent[],
  ) => [...new Set(from.flatMap(({ ipAddress }) => ipAddress ?? []))];
  const known = addresses(own);
  return [
    ...(asked.kind === "address" ? [asked.ipAddress] : []),
    ...(known.length > 0 ? known : addresses(named)),
  ].slice(0, MOST_ADDRESSES);
}

function isProven({ kind, status }: Flow): boolean {
  return kind !== SECOND_FACTOR || status === "SUCCEEDED";
}
