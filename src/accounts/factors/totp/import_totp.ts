import { type Origin, recordEvent } from "../../../events/events.ts";
import type { Tx } from "../../../events/transaction.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { InvalidInput } from "../../../lib/errors.ts";
import { newId } from "../../../lib/ids.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasKeys } from "../../../platform/keys/root_key.ts";
import { seal } from "../../../platform/keys/seal.ts";
import { distinctName, parseFactorName } from "../factor_name.ts";
import { MOST_FACTORS } from "../factor_terms.ts";
import { insertFactors, type NewFactor } from "../factors.ts";
import { parseTotpSecret, TOTP_NAME } from "./totp.ts";

/** An authenticator app from another system, with SHA-1, six digits and steps of 30 seconds. */
export type ImportTotp = { secret: string; name?: string | null | undefined };

/** A checked authenticator. */
export type ImportedTotp = { secret: string; name: string };

/** 80 bits. RFC 4226 §4 requires 128, but many systems use 80, and the app of a user has that secret. */
const LEAST_SECRET_BYTES = 10;

/** The block size of HMAC-SHA-1 (RFC 2104 §2). */
const MOST_SECRET_BYTES = 64;

/** Checks the authenticators of one user, and gives each a distinct name. Throws `InvalidInput`, without the secret. */
export function checkTotps(given: readonly ImportTotp[]): ImportedTotp[] {
  if (given.length > MOST_FACTORS) {
    throw new InvalidInput(`totp has more than ${MOST_FACTORS} authenticators`);
  }
  const checked: ImportedTotp[] = [];
  for (const { secret, name } of given) {
    const taken = new Set(checked.map((each) => each.name));
    checked.push({
      secret: checkSecret(secret),
      name: distinctName(name == null ? TOTP_NAME : parseFactorName(name), taken),
    });
  }
  // Each step is accepted once per authenticator, so a code of a repeated secret would be accepted twice.
  if (new Set(checked.map(({ secret }) => secret)).size < checked.length) {
    throw new InvalidInput("totp has the same secret twice");
  }
  return checked;
}

/** Returns the secret in canonical base32. Throws `InvalidInput`. */
function checkSecret(text: string): string {
  const secret = parseTotpSecret(text);
  if (!secret) throw new InvalidInput("the secret of a totp is not base32");
  if (secret.bytes.length < LEAST_SECRET_BYTES || secret.bytes.length > MOST_SECRET_BYTES) {
    throw new InvalidInput(
      `the secret of a totp is not ${LEAST_SECRET_BYTES} to ${MOST_SECRET_BYTES} bytes`,
      "Leave it out, and the user adds an authenticator after the first sign-in",
    );
  }
  return secret.base32;
}

/** Stores the authenticators of new users, and records `factor.added` for each. */
export async function addTotps(
  tx: Tx<HasClock & HasDatabase & HasKeys>,
  origin: Origin,
  users: readonly { id: string; totps: readonly ImportedTotp[] }[],
): Promise<void> {
  const added = users.flatMap(({ id, totps }) => totps.map((totp) => ({ userId: id, ...totp })));
  const rows = await Promise.all(added.map(async ({ userId, name, secret }): Promise<NewFactor> => {
    const id = newId("fct");
    return {
      id,
      user_id: userId,
      kind: "TOTP",
      name,
      created_at: tx.now(),
      root_key_id: tx.keys.current.id,
      sealed: await seal(tx.keys, "factor", id, secret),
    };
  }));
  await insertFactors(tx.db, rows);
  for (const { id, user_id: userId, name } of rows) {
    recordEvent(tx, "factor.added", origin, { userId }, { kind: "TOTP", factorId: id, label: name });
  }
}
