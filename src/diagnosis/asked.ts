import { type IdSubject, subjectOfId } from "../accounts/refusals/subjects.ts";
import { type Identifier, parseIdentifier } from "../accounts/users/names.ts";
import { InvalidInput } from "../lib/errors.ts";
import { canonicalAddress } from "../platform/network/ip_address.ts";

/** A username or e-mail address, as typed and parsed. */
export type TypedName = Identifier & { typed: string };

/** What an operator asks about. */
export type Asked =
  | { kind: "name"; name: TypedName }
  | { kind: "address"; ipAddress: string }
  | { kind: (typeof KINDS)[IdSubject["field"]]; id: string };

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
  const byId = subjectOfId(text);
  if (byId) return { kind: KINDS[byId.field], id: text };
  const ipAddress = canonicalAddress(text);
  if (ipAddress !== undefined) return { kind: "address", ipAddress };
  return { kind: "name", name: { ...parseIdentifier(text), typed: text } };
}
