import { TypeID, typeid } from "typeid-js";

/** What an id can be the id of; the prefix explains a log line by itself. */
export type IdPrefix = "evt" | "ins" | "opr" | "crd" | "flw" | "usr" | "ses" | "mal" | "jti";

/** A new id: TypeID 0.3 over UUIDv7, so ids of one kind sort by the time they were made, to the millisecond. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

const SHAPE = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Whether `id` has the form of an id of this kind. An id without it exists nowhere, so asking costs no query. */
export function isId(prefix: IdPrefix, id: string): boolean {
  return id.startsWith(`${prefix}_`) && SHAPE.test(id);
}

/** The 16 bytes of the UUID in an id. */
export function idBytes(id: string): Uint8Array {
  return TypeID.fromString(id).toUUIDBytes();
}

/** The id of this kind that has these 16 bytes. */
export function idOfBytes(prefix: IdPrefix, bytes: Uint8Array): string {
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}

/** An id below all that are made at `at` or later, and above all that were made before. */
export function firstIdAt(prefix: IdPrefix, at: Date): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, at.getTime())) << 16n);
  return idOfBytes(prefix, bytes);
}
