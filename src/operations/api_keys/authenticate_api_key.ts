import { tokenHash } from "../../lib/crypto.ts";
import { Unauthenticated } from "../../lib/errors.ts";
import type { HasClock } from "../../lib/clock.ts";
import type { HasDatabase } from "../../platform/db/tables.ts";
import type { HasAllowances } from "../limits/allowances.ts";
import { FLOOD_LIMITS } from "../limits/general_limits.ts";
import { findApiKey, findApiKeyByHash, noteUse } from "./api_key_store.ts";
import { API_KEY_PREFIX, type ApiKey } from "./api_keys.ts";

/** Minimum interval between writes of the last use, so that not every request writes a row. */
const USE_NOTED_EVERY_MS = 60_000;

/**
 * Returns the API key of this token, and counts the request. A malformed token needs no query. Throws `RateLimited`, or
 * `Unauthenticated` if the key is unknown, revoked or expired, without saying which.
 */
export async function authenticateApiKey(
  services: HasDatabase & HasClock & HasAllowances,
  token: string,
): Promise<ApiKey> {
  const hash = tokenHash(API_KEY_PREFIX, token);
  const now = services.now();
  const key = hash && await findApiKeyByHash(services.db, hash, now);
  if (!key) throw new Unauthenticated();
  await services.allowances.take(FLOOD_LIMITS.requestsPerApiKey, { key: key.id });
  if (now.getTime() - (key.lastUsedAt?.getTime() ?? 0) > USE_NOTED_EVERY_MS) {
    await noteUse(services.db, key, now).catch(() => {});
  }
  return key;
}

/** Whether a key is still valid. */
export async function apiKeyHolds(services: HasDatabase & HasClock, id: string): Promise<boolean> {
  return await findApiKey(services.db, id, services.now()) !== undefined;
}
