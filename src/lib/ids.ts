import { TypeID, typeid } from "typeid-js";

/** The prefix names the kind of object, so an id in a log explains itself. */
export type IdPrefix =
  | "evt"
  | "ins"
  | "opr"
  | "crd"
  | "flw"
  | "usr"
  | "ses"
  | "fct"
  | "enr"
  | "mal"
  | "jti"
  | "key";

/** Creates an id: TypeID 0.3 over UUIDv7. Ids of one kind sort by creation time, to the millisecond. */
export function newId(prefix: IdPrefix): string {
  return typeid(prefix).toString();
}

const SHAPE = /^[a-z]{3}_[0-7][0-9a-hjkmnp-tv-z]{25}$/;

/** Whether `id` is a well-formed id of this kind. A malformed id cannot exist and needs no query. */
export function isId(prefix: IdPrefix, id: string): boolean {
  return id.startsWith(`${prefix}_`) && SHAPE.test(id);
}

/** Returns the 16 bytes of an id's UUID. */
export function idBytes(id: string): Uint8Array {
  return TypeID.fromString(id).toUUIDBytes();
}

/** Returns the id of this kind with these 16 bytes. */
export function idOfBytes(prefix: IdPrefix, bytes: Uint8Array): string {
  return TypeID.fromUUIDBytes(prefix, bytes).toString();
}

/** Returns the smallest id that can be created at `at`. */
export function firstIdAt(prefix: IdPrefix, at: Date): string {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(Math.max(0, at.getTime())) << 16n);
  return idOfBytes(prefix, bytes);
}
