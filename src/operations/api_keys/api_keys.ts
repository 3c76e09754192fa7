import { AuthError, InvalidInput } from "../../lib/errors.ts";
import { type HasRandom, newToken } from "../../lib/crypto.ts";
import { isId, newId } from "../../lib/ids.ts";
import { Secret } from "../../lib/secret.ts";
import { recordEvent } from "../../events/events.ts";
import { type HasEventLog, inTransaction } from "../../events/transaction.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type Caller, hasRole, originOf, refusal } from "../caller.ts";
import { deleteApiKey, insertApiKey, lockAndCount } from "./api_key_store.ts";
import { API_KEY_SCOPES, type ApiKeyScope, isApiKeyScope } from "./scopes.ts";

export { apiKeysOf, listApiKeys } from "./api_key_store.ts";

/** A machine's key for the API. Its scopes decide what it may do. */
export type ApiKey = {
  id: string;
  name: string;
  /** The first characters of the key, to recognise it by. */
  prefix: string;
  scopes: readonly ApiKeyScope[];
  /** The id of an operator. Null if it was not stored. */
  createdBy: string | null;
  createdAt: Date;
  /** Null if it does not expire. */
  expiresAt: Date | null;
  lastUsedAt: Date | null;
};

/** The prefix of every key, by which secret scanners recognise it. */
export const API_KEY_PREFIX = "spk";

/** The random characters that `ApiKey.prefix` shows. More than 200 bits stay secret. */
const SHOWN_CHARACTERS = 8;

const DAY_MS = 24 * 60 * 60 * 1000;

/** Maximum lifetime of a key that expires: ten years. */
const MOST_DAYS = 3650;

/** Maximum number of keys. Each machine needs one. */
const MOST_KEYS = 100;

/** Operators are warned this long before a key expires. */
const WARNED_BEFORE_MS = 7 * DAY_MS;

/** No valid key has this id. */
export class ApiKeyNotFound extends AuthError {
  readonly code = "INVALID_INPUT";
  constructor() {
    super("Cannot find this API key: it was revoked, has expired, or never existed", {
      actionRequired: "Check the id in the list of API keys",
    });
  }
}

export type ApiKeyInput = { name: string; scopes: readonly string[]; days: number | null };

/**
 * Creates a key and returns it. Only its hash is stored. Without `days` the key does not expire. Unless the caller has
 * the role REVEAL, the key expires no later than the caller's token.
 *
 * @throws InvalidInput, also if there are too many keys.
 */
export async function createApiKey(
  services: HasClock & HasEventLog & HasRandom,
  caller: Caller,
  input: ApiKeyInput,
): Promise<{ apiKey: ApiKey; key: Secret }> {
  if (caller.kind !== "operator" || !hasRole(caller, "OPERATE")) throw refusal(caller, "OPERATE");
  const { name, scopes, days } = checkInput(input);
  const createdAt = services.now();
  const wanted = days === null ? null : createdAt.getTime() + days * DAY_MS;
  const latest = hasRole(caller, "REVEAL") ? null : caller.expiresAt.getTime();
  const expiresAt = earlier(wanted, latest);
  const { token, hash } = newToken(API_KEY_PREFIX, services.random);
  const prefix = token.slice(0, API_KEY_PREFIX.length + 1 + SHOWN_CHARACTERS);
  const createdBy = caller.operatorId;
  const times = { createdAt, expiresAt, lastUsedAt: null };
  const apiKey: ApiKey = { id: newId("key"), name, prefix, scopes, createdBy, ...times };
  await inTransaction(services, async (tx) => {
    if (await lockAndCount(tx.db) >= MOST_KEYS) {
      throw new InvalidInput(
        `Cannot create the API key: there are ${MOST_KEYS} already`,
        "Revoke keys that are not in use",
      );
    }
    await insertApiKey(tx.db, { ...apiKey, hash, warnAt: warningOf(apiKey) });
    const facts = { apiKeyId: apiKey.id, name, scopes, expiresAt: expiresAt?.toISOString() ?? null };
    recordEvent(tx, "api_key.created", originOf(caller), {}, facts);
  });
  return { apiKey, key: new Secret(token) };
}

/** Revokes a key, and ends its subscriptions on every instance within one second. Throws `ApiKeyNotFound`. */
export async function revokeApiKey(
  services: HasClock & HasEventLog,
  caller: Caller,
  id: string,
): Promise<void> {
  await inTransaction(services, async (tx) => {
    const revoked = isId("key", id) ? await deleteApiKey(tx.db, id) : undefined;
    if (!revoked) throw new ApiKeyNotFound();
    recordEvent(tx, "api_key.revoked", originOf(caller), {}, { apiKeyId: id, name: revoked.name });
  });
}

function checkInput({ name, scopes, days }: ApiKeyInput) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/.test(name)) {
    throw new InvalidInput(
      "Cannot create the API key: a name is 1 to 64 letters, digits or . _ @ - and begins with a letter or digit",
    );
  }
  const known = [...new Set(scopes)].filter(isApiKeyScope).sort();
  if (known.length === 0 || !scopes.every(isApiKeyScope)) {
    throw new InvalidInput(
      `Cannot create the API key: scopes must be one or more of ${API_KEY_SCOPES.join(", ")}`,
    );
  }
  if (days !== null && (!Number.isInteger(days) || days < 1 || days > MOST_DAYS)) {
    throw new InvalidInput(`Cannot create the API key: days must be a whole number from 1 to ${MOST_DAYS}`);
  }
  return { name, scopes: known, days };
}

/** Returns the earlier of two times in milliseconds. Null means never. */
function earlier(one: number | null, other: number | null): Date | null {
  const time = Math.min(one ?? Infinity, other ?? Infinity);
  return time === Infinity ? null : new Date(time);
}

/** Returns when operators are warned; null for a key that does not expire or lives for less than a week. */
function warningOf({ createdAt, expiresAt }: ApiKey): Date | null {
  const at = expiresAt && new Date(expiresAt.getTime() - WARNED_BEFORE_MS);
  return at && at > createdAt ? at : null;
}
