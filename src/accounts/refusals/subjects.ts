import type { Subject } from "../../events/event_filter.ts";
import { type IdPrefix, isId } from "../../lib/ids.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import { parseIdentifier } from "../users/names.ts";
import { findNamed } from "./named_store.ts";
import { subjectHash } from "./subject_hash.ts";

/** The ids that name a subject, and the field of events that holds each. */
const ID_FIELDS: readonly [IdPrefix, Subject["field"]][] = [
  ["usr", "userId"],
  ["ses", "sessionId"],
  ["flw", "flowId"],
  ["crd", "credentialId"],
];

/** The id of a request: our own, or of a W3C trace. The latter can also be a username. */
const REQUEST_ID = /^(req_[0-9a-hjkmnp-tv-z]{12}|[0-9a-f]{32})$/;

/**
 * Returns the subjects that a text names: by an id of a user, session, flow, credential or request, or by a username or
 * address. A name is the user who has it now, and the refusals of the name while no user had it.
 */
export async function subjectsOf(services: HasDatabase & HasKeys, text: string): Promise<Subject[]> {
  const typed = text.trim();
  const ofId = ID_FIELDS.find(([prefix]) => isId(prefix, typed));
  if (ofId) return [{ field: ofId[1], value: typed }];
  const requests: Subject[] = REQUEST_ID.test(typed) ? [{ field: "requestId", value: typed }] : [];
  const identifier = parseIdentifier(typed);
  if (identifier.key === "") return requests;
  const users = await findNamed(services.db, [identifier]);
  return [
    ...requests,
    ...[...users.values()].map((value): Subject => ({ field: "userId", value })),
    ...services.keys.all.map((key): Subject => ({
      field: "subject",
      value: subjectHash(key, identifier.key),
    })),
  ];
}
