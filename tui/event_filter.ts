import type { AuthEvent } from "./documents/events.ts";
import { hasWords } from "./filter_rows.ts";
import type { Subject } from "./terminal.ts";

/** Which events are shown: all conditions hold. */
export type EventFilter = {
  /** Each the beginning of a type. */
  types: string[];
  userId?: string;
  flowId?: string;
  credentialId?: string;
  /** Words that stand somewhere in the event. */
  words: string[];
};

/** Reads `type:flow. user:usr_… flow:flw_… word`, and what the place is about. */
export function parseEventFilter(text: string, about: Subject | undefined): EventFilter {
  const filter: EventFilter = { types: [], words: [] };
  for (const word of text.split(" ").filter(Boolean)) {
    const [, name, value = ""] = /^(type|user|flow|credential):(.*)$/.exec(word) ?? [];
    if (name === "type") filter.types.push(value.replace(/\*$/, ""));
    else if (name) filter[`${name as Subject["kind"]}Id`] = value;
    else filter.words.push(word.toLowerCase());
  }
  if (about) filter[`${about.kind}Id`] = about.id;
  return filter;
}

export function matches(event: AuthEvent, filter: EventFilter): boolean {
  const { types, userId, flowId, credentialId, words } = filter;
  return (types.length === 0 || types.some((type) => event.type.startsWith(type))) &&
    (!userId || event.userId === userId) &&
    (!flowId || event.flowId === flowId) &&
    (!credentialId || event.credentialId === credentialId) &&
    hasWords(event, words);
}

/** What of the filter the server can look for in the past; undefined when that is nothing. */
export function pastOf({ types, userId, flowId, credentialId }: EventFilter) {
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
