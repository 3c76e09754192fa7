import type { Tx } from "../../events/transaction.ts";
import { type Origin, recordEvent } from "../../events/events.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type HasRandom, sha256 } from "../../lib/crypto.ts";
import { newId } from "../../lib/ids.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import { insertFactor } from "./factor_store.ts";
import { replaceRecoveryCodes } from "./recovery_code_store.ts";

const COUNT = 10;

/** 80 bits are 16 characters, written in four groups. */
const CODE_BYTES = 10;

/** Crockford's base32 in lower case: no letter looks like a digit. */
const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/**
 * Replaces the user's recovery codes by ten new ones, and records the event. Returns the codes; only their hashes are
 * stored. The user must be locked.
 */
export async function generateRecoveryCodes(
  tx: Tx<HasDatabase & HasClock & HasRandom>,
  origin: Origin,
  userId: string,
): Promise<string[]> {
  const codes = Array.from({ length: COUNT }, () => newCode(tx.random));
  await replaceRecoveryCodes(tx.db, userId, codes.map(hashOfRecoveryCode));
  const factor = {
    id: newId("fct"),
    user_id: userId,
    kind: "RECOVERY_CODES",
    name: "Recovery codes",
  } as const;
  await insertFactor(tx.db, { ...factor, created_at: tx.now() });
  recordEvent(tx, "recovery_codes.generated", origin, { userId }, { count: COUNT });
  return codes;
}

function newCode(random: (bytes: number) => Uint8Array): string {
  const bits = [...random(CODE_BYTES)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  const characters = bits.match(/.{5}/g)?.map((five) => ALPHABET[parseInt(five, 2)]) ?? [];
  return characters.join("").replace(/(.{4})(?=.)/g, "$1-");
}

/**
 * Returns a typed code in its normal form: lower case, without spaces and hyphens, with 0 for o and 1 for i and l.
 * Returns undefined if it is malformed.
 */
export function normalizeRecoveryCode(typed: string): string | undefined {
  if (typed.length > 64) return undefined;
  const text = typed.normalize("NFKC").toLowerCase().replaceAll(/[\s-]/g, "")
    .replaceAll("o", "0").replaceAll(/[il]/g, "1");
  return /^[0-9a-hjkmnp-tv-z]{16}$/.test(text) ? text : undefined;
}

export function hashOfRecoveryCode(code: string): Uint8Array {
  return sha256(`recovery code ${normalizeRecoveryCode(code)}`);
}
