import { reasonBegins, typeHas } from "../src/events/event_words.ts";
import { ipv6Block } from "../src/platform/network/ip_address.ts";
import type { AuthEvent } from "./documents/events.ts";
import { type EventFilter, isOfType, isWholeType, STEP } from "./event_filter.ts";
import { hasWords } from "./filter_rows.ts";

/**
 * Whether an event meets the filter, by the server's rules. `subject` is not checked, because the server has selected
 * the events.
 */
export function matches(event: AuthEvent, filter: EventFilter): boolean {
  return !filter.problem && meetsServerPart(event, filter) && meetsRest(event, filter);
}

/** The conditions that the server applies to old events, as far as it can. */
export function meetsServerPart(event: AuthEvent, filter: EventFilter): boolean {
  const { userId, flowId, credentialId, ipAddress, block, addressPart = "", reason, text } = filter;
  const { reason: given, code } = event.data as Record<string, unknown>;
  const at = Date.parse(event.at);
  return (!userId || event.userId === userId) &&
    (!flowId || event.flowId === flowId) &&
    (!credentialId || event.credentialId === credentialId) &&
    (!ipAddress || event.ipAddress === ipAddress) &&
    (!block || event.ipAddress !== null && ipv6Block(event.ipAddress) === block) &&
    (event.ipAddress ?? "").startsWith(addressPart) &&
    (!reason || (given ?? code) === reason) &&
    (!filter.since || at >= Date.parse(filter.since)) &&
    (!filter.until || at < Date.parse(filter.until)) &&
    (!text || isAbout(event, text, given ?? code)) &&
    (!typesForServer(filter) || isOfTypes(event, filter));
}

function isAbout({ type, ipAddress }: AuthEvent, word: string, reason: unknown): boolean {
  return typeHas(type, word) || reasonBegins(reason, word) || (ipAddress?.startsWith(word) ?? false);
}

function isOfTypes({ type }: AuthEvent, { types }: EventFilter): boolean {
  return types.length === 0 || types.some((each) => isOfType(type, each));
}

function meetsRest(event: AuthEvent, filter: EventFilter): boolean {
  return !(filter.withoutSteps && event.type === STEP) && isOfTypes(event, filter) &&
    hasWords(event, filter.words);
}

/** Whether the filter has a condition that the server cannot apply, so that only loaded events are filtered by it. */
export function filtersLoaded(filter: EventFilter): boolean {
  const { text, addressPart, types, words } = filter;
  const oneTextTooMany = text !== undefined && addressPart !== undefined;
  const typesLeft = types.length > 0 && !typesForServer(filter);
  return oneTextTooMany || typesLeft || words.length > 0;
}

/** The part of the filter that the server can apply; undefined if there is none. */
export function serverFilter(filter: EventFilter) {
  const { userId, flowId, credentialId, ipAddress, block, addressPart, reason, subject, since, until } =
    filter;
  const place = ipAddress ?? block;
  const text = addressPart ?? filter.text ?? typesForServer(filter)?.text;
  const types = typesForServer(filter)?.types;
  const args = {
    ...(types && { types }),
    ...(userId && { userId }),
    ...(flowId && { flowId }),
    ...(credentialId && { credentialId }),
    ...(place && { ipAddress: place }),
    ...(reason && { reason }),
    ...(subject && { subject }),
    ...(since && { since }),
    ...(until && { until }),
    ...(text && { text }),
  };
  return Object.keys(args).length > 0 ? args : undefined;
}

/** The types as the server takes them: whole names, or one beginning as `text` if that is free. */
function typesForServer(
  { types, text, addressPart }: EventFilter,
): { types: string[]; text?: undefined } | { text: string; types?: undefined } | undefined {
  if (types.length === 0) return undefined;
  if (types.every(isWholeType)) return { types };
  const [only = "", ...more] = types.map((type) => type.replace(/\*$/, ""));
  const isFree = text === undefined && addressPart === undefined;
  return isFree && more.length === 0 && /^[a-z_.]{1,64}$/.test(only) ? { text: only } : undefined;
}
