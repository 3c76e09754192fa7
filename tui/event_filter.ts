import type { AuthEvent } from "./documents/events.ts";
import { addressOf } from "./event_runs.ts";
import { hasWords } from "./filter_rows.ts";
import type { Subject } from "./places.ts";

/** Conditions for the events to show. An event must meet all of them. */
export type EventFilter = {
  /** Prefixes of event types; one of them must match. */
  types: string[];
  userId?: string;
  flowId?: string;
  credentialId?: string;
  /** The start of a client address, or a network. */
  ip?: string;
  /** Lower-case words that must all appear in the event. */
  words: string[];
  /** Leaves out `flow.changed`, the steps of flows, which are most of the log. */
  withoutSteps: boolean;
};

const STEP = "flow.changed";

/**
 * Parses `type:flow. user:usr_… flow:flw_… ip:203.0.113. word` and adds the subject of the place. The steps of flows are left out,
 * unless `everyType` is set, the place is about a flow, or the filter names them.
 */
export function parseEventFilter(text: string, about: Subject | undefined, everyType = false): EventFilter {
  const filter: EventFilter = { types: [], words: [], withoutSteps: false };
  for (const word of text.split(" ").filter(Boolean)) {
    const [, name, value = ""] = /^(type|user|flow|credential|ip):(.*)$/.exec(word) ?? [];
    if (name === "type") filter.types.push(value.replace(/\*$/, ""));
    else if (name === "ip") filter.ip = value;
    else if (name) filter[`${name as Subject["kind"]}Id`] = value;
    else filter.words.push(word.toLowerCase());
  }
  if (about) filter[`${about.kind}Id`] = about.id;
  const named = filter.types.some((type) => type !== "" && STEP.startsWith(type)) ||
    filter.words.some((word) => STEP.startsWith(word) && word.startsWith("flow"));
  return { ...filter, withoutSteps: !everyType && !named && !filter.flowId };
}

export function matches(event: AuthEvent, filter: EventFilter): boolean {
  const { types, userId, flowId, credentialId, words } = filter;
  return !(filter.withoutSteps && event.type === STEP) &&
    (types.length === 0 || types.some((type) => event.type.startsWith(type))) &&
    (!userId || event.userId === userId) &&
    (!flowId || event.flowId === flowId) &&
    (!credentialId || event.credentialId === credentialId) &&
    (!filter.ip || addressOf(event).startsWith(filter.ip)) &&
    hasWords(event, words);
}

/** The part of the filter that the server can apply to old events; undefined if there is none. */
export function serverFilter({ types, userId, flowId, credentialId }: EventFilter) {
  const whole = types.filter((type) => /^[a-z_]+\.[a-z_]+$/.test(type));
  const everyType = whole.length > 0 && whole.length === types.length;
  if (!userId && !flowId && !credentialId && !everyType) return undefined;
  return {
    ...(everyType && { types: whole }),
    ...(userId && { userId }),
    ...(flowId && { flowId }),
    ...(credentialId && { credentialId }),
  };
}
