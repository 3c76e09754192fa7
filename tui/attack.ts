import { ipv6Block } from "../src/platform/network/ip_address.ts";
import type { AuthEvent } from "./documents/events.ts";
import { countOf } from "./event_runs.ts";

/** Refusals with something in common, or a limit that is used up. */
export type AttackRow = {
  kind: "address" | "network" | "account" | "limit";
  key: string;
  /** The address, the network, the id of the user, or the hash of a name that no user has. */
  name: string;
  userId?: string;
  /** What Why and `clearLimits` are asked about; undefined if only a hash of the name is known. */
  identifier?: string;
  /** The filter that shows the events. */
  filter: string;
  /** The number of refusals: an event may stand for several. */
  count: number;
  /** Newest first. */
  events: readonly AuthEvent[];
  limit?: { variable: string; until: string };
};

type About = Omit<AttackRow, "count" | "events">;

/** The events of failed attempts. */
export const REFUSED_TYPES = [
  "sign_in.refused",
  "request.refused",
  "password.rejected",
  "email_code.rejected",
  "factor.rejected",
  "google.rejected",
];

export const CLEARED_TYPE = "limits.cleared";

/** Maximum number of addresses, of networks and of accounts. */
const TOP = 10;

/** The addresses, networks and accounts with the most refusals. `events`: newest first. */
export function topRefused(events: readonly AuthEvent[]): AttackRow[] {
  return [
    ...grouped(events, addressOf).slice(0, TOP),
    ...grouped(events, networkOf).filter(hasSeveralAddresses).slice(0, TOP),
    ...grouped(events, accountOf).slice(0, TOP),
  ];
}

/** The limits that refused requests and have not ended or been cleared, the last to end first. */
export function activeLimits(
  events: readonly AuthEvent[],
  cleared: readonly AuthEvent[],
  now: number,
): AttackRow[] {
  const isActive = (event: AuthEvent) =>
    untilOf(event) > now && !cleared.some((each) => each.at >= event.at && hasCleared(each, event));
  const rows = grouped(events.filter(isActive), limitOf);
  return rows.toSorted((one, other) => (other.limit?.until ?? "") > (one.limit?.until ?? "") ? 1 : -1);
}

/** Groups events, those with the most refusals first. */
function grouped(
  events: readonly AuthEvent[],
  aboutOf: (event: AuthEvent) => About | undefined,
): AttackRow[] {
  const rows = new Map<string, AttackRow & { events: AuthEvent[] }>();
  for (const event of events) {
    const about = aboutOf(event);
    if (!about) continue;
    const row = rows.get(about.key) ?? { ...about, count: 0, events: [] };
    row.count += countOf(event);
    row.events.push(event);
    rows.set(about.key, row);
  }
  return [...rows.values()].toSorted((one, other) => other.count - one.count);
}

function addressOf({ ipAddress }: AuthEvent): About | undefined {
  if (ipAddress === null) return undefined;
  const filter = `ip:${ipAddress}`;
  return { kind: "address", key: `address ${ipAddress}`, name: ipAddress, identifier: ipAddress, filter };
}

/** The /64 of an IPv6 address, or the /24 of an IPv4 address. */
function networkOf({ ipAddress }: AuthEvent): About | undefined {
  if (ipAddress === null) return undefined;
  const block = ipv6Block(ipAddress);
  const part = ipAddress.slice(0, ipAddress.lastIndexOf(".") + 1);
  const name = block ?? `${part}0/24`;
  const filter = `ip:${block ?? part}`;
  return { kind: "network", key: `network ${name}`, name, identifier: ipAddress, filter };
}

/** A network of one address would only repeat that address. */
function hasSeveralAddresses({ events: [first, ...others] }: AttackRow): boolean {
  return others.some(({ ipAddress }) => ipAddress !== first?.ipAddress);
}

function accountOf({ userId, data }: AuthEvent): About | undefined {
  if (userId) {
    return {
      kind: "account",
      key: `account ${userId}`,
      name: userId,
      userId,
      identifier: userId,
      filter: `user:${userId}`,
    };
  }
  const { subject } = data as Record<string, unknown>;
  if (typeof subject !== "string") return undefined;
  return {
    kind: "account",
    key: `account ${subject}`,
    name: `unknown name ${subject}`,
    filter: `${OF_NAMES} has:${subject}`,
  };
}

/** The types of events about names that no user has. */
const OF_NAMES = "type:sign_in.refused type:request.refused type:password.rejected";

function limitOf(event: AuthEvent): About | undefined {
  const { limit, until } = event.data as Record<string, unknown>;
  if (typeof limit !== "string" || typeof until !== "string") return undefined;
  const counted = countsAddresses(limit) ? addressBlockOf(event) : accountOf(event);
  const of = counted ?? { name: event.actor, filter: `has:${event.actor}` };
  return {
    name: of.name,
    ...("userId" in of && { userId: of.userId }),
    ...("identifier" in of && isClearable(limit) && { identifier: of.identifier }),
    kind: "limit",
    key: `limit ${limit} ${of.name}`,
    filter: `rate_limited ${of.filter}`,
    limit: { variable: limit, until },
  };
}

/** Limits count an IPv6 network as one client. */
function addressBlockOf(event: AuthEvent): About | undefined {
  return ipv6Block(event.ipAddress ?? "") ? networkOf(event) : addressOf(event);
}

function countsAddresses(limit: string): boolean {
  return limit.includes("_PER_ADDRESS_");
}

/** Whether `clearLimits` reaches the limit. */
function isClearable(limit: string): boolean {
  return !/_PER_(SESSION|API_KEY|OPERATOR)_/.test(limit);
}

function untilOf({ data }: AuthEvent): number {
  const { until } = data as Record<string, unknown>;
  return typeof until === "string" ? Date.parse(until) : 0;
}

/** Whether an operator has cleared the limit of a refusal. Limits of addresses are cleared by address. */
function hasCleared(cleared: AuthEvent, refused: AuthEvent): boolean {
  const { block, subject } = cleared.data as Record<string, unknown>;
  const of = refused.data as Record<string, unknown>;
  if (!isClearable(String(of["limit"]))) return false;
  if (countsAddresses(String(of["limit"]))) return block !== undefined && block === of["block"];
  if (refused.userId) return cleared.userId === refused.userId;
  return subject !== undefined && subject === of["subject"];
}
