import { typeid } from "typeid-js";

/** What an id can be the id of; the prefix explains a log line by itself. */
export type IdPrefix = "evt" | "ins" | "opr" | "crd" | "flw" | "usr" | "ses" | "mal";

/** A new id: TypeID 0.3 over UUIDv7, so ids of one kind sort by the time they were made, to the millisecond. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

const SHAPE = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Whether `id` has the form of an id of this kind. An id without it exists nowhere, so asking costs no query. */
export function isId(prefix: IdPrefix, id: string): boolean {
  return id.startsWith(`${prefix}_`) && SHAPE.test(id);
}
