import type { Subject } from "../../events/event_filter.ts";
import { type IdPrefix, isId } from "../../lib/ids.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { parseIdentifier } from "../users/names.ts";
import { findNamed } from "../users/users.ts";
import { subjectHash } from "./subject_hash.ts";

/** The ids that name a subject, and the field of events that holds each. */
const ID_FIELDS = [
  ["usr", "userId"],
  ["ses", "sessionId"],
  ["flw", "flowId"],
  ["crd", "credentialId"],
] as const satisfies [IdPrefix, Subject["field"]][];

/** The id of a request: our own, or a W3C trace id, which can also be a username. */
const REQUEST_ID = /^(req_[0-9a-hjkmnp-tv-z]{12}|[0-9a-f]{32})$/;

/** A subject by its id. */
export type IdSubject = { field: (typeof ID_FIELDS)[number][1] | "requestId"; value: string };

/** Returns the subject that has this id; undefined for a name. */
export function subjectOfId(id: string): IdSubject | undefined {
  const known = ID_FIELDS.find(([prefix]) => isId(prefix, id));
  if (known) return { field: known[1], value: id };
  return REQUEST_ID.test(id) ? { field: "requestId", value: id } : undefined;
}

/** Selects the refusals that were recorded while no user had the name: by its hash with each root key. */
export function refusalsOfName({ keys }: HasKeys, typed: string): Subject[] {
  return keys.all.map((key) => ({ field: "subject", value: subjectHash(key, typed) }));
}

/**
 * Returns the subjects that a text names: by an id of a user, session, flow, credential or request, or by a username or
 * address. A name selects its present user, and the refusals that were recorded while no user had it.
 */
export async function subjectsOf(services: HasDatabase & HasKeys, text: string): Promise<Subject[]> {
  const typed = text.trim();
  const byId = subjectOfId(typed);
  if (byId && byId.field !== "requestId") return [byId];
  const users = await findNamed(services.db, [parseIdentifier(typed)]);
  return [
    ...(byId ? [byId] : []),
    ...[...users.values()].map((value): Subject => ({ field: "userId", value })),
    ...refusalsOfName(services, typed),
  ];
}
