import { InvalidInput } from "../lib/errors.ts";
import { type IdPrefix, isId } from "../lib/ids.ts";
import { canonicalAddress } from "../platform/network/ip_address.ts";
import { type Identifier, parseIdentifier } from "../accounts/users/names.ts";

/** A username or e-mail address, as typed and parsed. */
export type TypedName = Identifier & { typed: string };

/** What an operator asks about. */
export type Asked =
  | { kind: "name"; name: TypedName }
  | { kind: "address"; ipAddress: string }
  | { kind: "request"; id: string }
  | { kind: "user" | "session" | "flow" | "credential"; id: string };

const KINDS: readonly [IdPrefix, "user" | "session" | "flow" | "credential"][] = [
  ["usr", "user"],
  ["ses", "session"],
  ["flw", "flow"],
  ["crd", "credential"],
];

/** The id of a request: our own, or the trace id of its `traceparent`. */
const REQUEST_ID = /^(req_[0-9a-hjkmnp-tv-z]{12}|[0-9a-f]{32})$/;

/** Longer than any e-mail address. */
const LONGEST = 320;

/** Recognises an id by its prefix, a client address by its form, and anything else as a name. Throws `InvalidInput`. */
export function understand(identifier: string): Asked {
  const text = identifier.trim();
  if (text === "" || text.length > LONGEST) {
    throw new InvalidInput(`Cannot look this up: give 1 to ${LONGEST} characters`);
  }
  const known = KINDS.find(([prefix]) => isId(prefix, text));
  if (known) return { kind: known[1], id: text };
  if (REQUEST_ID.test(text)) return { kind: "request", id: text };
  const ipAddress = canonicalAddress(text);
  if (ipAddress !== undefined) return { kind: "address", ipAddress };
  return { kind: "name", name: { ...parseIdentifier(text), typed: text } };
}
