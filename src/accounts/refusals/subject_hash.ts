import { toBase64Url } from "../../lib/crypto.ts";
import type { RootKey } from "../../platform/keys/root_key.ts";
import { parseIdentifier } from "../users/names.ts";

/** 96 bits: enough to distinguish subjects. */
const HASH_BYTES = 12;

/**
 * Returns the keyed hash of a username or address that no user has, equal for equivalent spellings. An operator who
 * types the name finds its events; a copy of the database does not reveal it.
 */
export function subjectHash(key: RootKey, typed: string): string {
  const name = parseIdentifier(typed).key || typed.trim().toLowerCase();
  return toBase64Url(key.mac("refused subject", new TextEncoder().encode(name)).slice(0, HASH_BYTES));
}
