import { type IdSubject, subjectOfId } from "../accounts/refusals/subjects.ts";
import { type Identifier, parseIdentifier } from "../accounts/users/names.ts";
import { InvalidInput } from "../lib/errors.ts";
import { canonicalAddress } from "../platform/network/ip_address.ts";

/** A username or e-mail address, as typed and parsed. */
export type TypedName = Identifier & { typed: string };

/** What an operator asks about. A client address or the id of a request can also be a username. */
export type Asked =
  | { kind: "name"; name: TypedName }
  | { kind: "address"; ipAddress: string; name: TypedName }
  | { kind: "request"; id: string; name: TypedName }
  | { kind: Exclude<(typeof KINDS)[IdSubject["field"]], "request">; id: string };

const KINDS = {
  userId: "user",
  sessionId: "session",
  flowId: "flow",
  credentialId: "credential",
  requestId: "request",
} as const;

/** No name or e-mail address is longer. */
const LONGEST = 320;

/** Recognises an id by its prefix, a client address by its form, and anything else as a name. Throws `InvalidInput`. */
export function understand(identifier: string): Asked {
  const text = identifier.trim();
  if (text === "" || text.length > LONGEST) {
    throw new InvalidInput(`Cannot look this up: give 1 to ${LONGEST} characters`);
  }
  const name = { ...parseIdentifier(text), typed: text };
  const byId = subjectOfId(text);
  const kind = byId && KINDS[byId.field];
  if (kind !== undefined) return kind === "request" ? { kind, id: text, name } : { kind, id: text };
  const ipAddress = canonicalAddress(text);
  return ipAddress === undefined ? { kind: "name", name } : { kind: "address", ipAddress, name };
}
