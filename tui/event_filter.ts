import { isAddressPart } from "../src/events/event_words.ts";
import { canonicalAddress, ipv6Block } from "../src/platform/network/ip_address.ts";
import type { Subject } from "./places.ts";
import { parseTime } from "./time.ts";

/** Conditions for the events to show. An event must meet all of them. */
export type EventFilter = {
  /** Event types, or their beginnings such as `flow.` or `credential.refresh*`; one of them must match. */
  types: string[];
  userId?: string;
  flowId?: string;
  credentialId?: string;
  /** A client address in canonical form. */
  ipAddress?: string;
  /** An IPv6 network of 64 bits in canonical form. */
  block?: string;
  /** The beginning of a client address. */
  addressPart?: string;
  /** Exactly `data.reason`, or `data.code` of events without a reason. */
  reason?: string;
  /** A name, an address or an id. Only the server knows which events are about it. */
  subject?: string;
  /** The earliest time, inclusive, in ISO 8601. */
  since?: string;
  /** The latest time, exclusive, in ISO 8601. */
  until?: string;
  /** The lower-case beginning of the type, of a part of the type, of the reason or of the client address. */
  text?: string;
  /** Lower-case words that must all appear in the event. */
  words: string[];
  /** Leaves out `flow.changed`, the steps of flows, which are most of the log. */
  withoutSteps: boolean;
  /** The problem of the typed filter. */
  problem?: string;
};

export const STEP = "flow.changed";

/** The words that the server accepts as `text`. */
const TEXT = /^[!-~]{1,64}$/;

const CONDITION = /^(type|user|flow|credential|ip|reason|subject|since|until|has):(.*)$/;

/**
 * Parses `type:flow. user:usr_… ip:203.0.113.7 reason:RATE_LIMITED subject:ada since:15m word` and adds the subject of
 * the place. The steps of flows are left out, unless `everyType` is set, the place is about a flow, or the filter names
 * them. Times such as `15m` count back from `now`.
 */
export function parseEventFilter(
  typed: string,
  now: number,
  about: Subject | undefined,
  everyType = false,
): EventFilter {
  const filter: EventFilter = { types: [], words: [], withoutSteps: false };
  for (const word of typed.split(" ").filter(Boolean)) {
    const [, name, value = ""] = CONDITION.exec(word) ?? [];
    if (name && value) addCondition(filter, name, value, now);
    else if (!name) addWord(filter, word.toLowerCase());
  }
  if (about) filter[`${about.kind}Id`] = about.id;
  const named = filter.types.some((type) => isOfType(STEP, type)) ||
    [filter.text ?? "", ...filter.words].some((word) => STEP.startsWith(word) && word.startsWith("flow"));
  return { ...filter, withoutSteps: !everyType && !named && !filter.flowId };
}

/** Whether a name is a whole type, and not the beginning of some. */
export function isWholeType(name: string): boolean {
  return /^[a-z_]+\.[a-z_]+$/.test(name);
}

export function isOfType(type: string, name: string): boolean {
  return isWholeType(name) ? type === name : type.startsWith(name.replace(/\*$/, ""));
}

function addCondition(filter: EventFilter, name: string, value: string, now: number): void {
  switch (name) {
    case "type":
      filter.types.push(value);
      break;
    case "ip":
      addAddress(filter, value.toLowerCase());
      break;
    case "since":
    case "until": {
      const time = parseTime(value, now);
      if (time === undefined) {
        filter.problem = `${name}: takes a time such as 2026-01-31T12:00, or 15m, 2h or 3d ago`;
      } else filter[name] = time;
      break;
    }
    case "has":
      filter.words.push(value.toLowerCase());
      break;
    case "reason":
    case "subject":
      filter[name] = value;
      break;
    default:
      filter[`${name as Subject["kind"]}Id`] = value;
  }
}

function addAddress(filter: EventFilter, value: string): void {
  const [typed = "", bits] = value.split("/");
  const address = canonicalAddress(typed);
  const block = address && bits === "64" ? ipv6Block(address) : undefined;
  if (block) filter.block = block;
  else if (address && bits === undefined) filter.ipAddress = address;
  else if (bits === undefined && isAddressPart(value) && TEXT.test(value)) filter.addressPart = value;
  else {
    filter.problem =
      "ip: takes an address, its beginning such as 203.0.113., or a network such as 2001:db8::/64";
  }
}

/** The server searches for one word; the others filter the loaded events. */
function addWord(filter: EventFilter, word: string): void {
  if (filter.text === undefined && TEXT.test(word)) filter.text = word;
  else filter.words.push(word);
}
