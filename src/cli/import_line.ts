import type { ImportUser } from "../accounts/users/import_users.ts";
import type { Line } from "./lines.ts";

/** The keys of a line and their types. */
const KEYS: Record<keyof ImportUser, "string" | "boolean" | "authenticators"> = {
  username: "string",
  email: "string",
  emailVerified: "boolean",
  name: "string",
  passwordHash: "string",
  createdAt: "string",
  disabled: "boolean",
  totp: "authenticators",
};

/** The years 0 to 9999, in UTC. */
const EARLIEST = Date.parse("0000-01-01T00:00:00Z");
const END = Date.parse("+010000-01-01T00:00:00Z");

/**
 * Parses a line to a user, or returns why it is invalid. Reasons never repeat a value, because it may be a
 * secret.
 */
export function readUser(line: Line): { user: ImportUser } | { reason: string } {
  if (line.text === undefined) return { reason: line.problem };
  let value: unknown;
  try {
    value = JSON.parse(line.text);
  } catch {
    return { reason: "it is not JSON" };
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return { reason: "it is not a JSON object" };
  }
  const entries = Object.entries(value);
  const reason = entries.map(([key, each]) => problemOf(key, each)).find((problem) => problem !== undefined);
  if (reason) return { reason };
  const user = Object.fromEntries(entries) as ImportUser & { createdAt?: string | null };
  if (user.createdAt == null) return { user };
  const createdAt = instantOf(user.createdAt);
  return createdAt
    ? { user: { ...user, createdAt } }
    : { reason: "createdAt is not a time such as 2024-03-31T12:00:00Z" };
}

function problemOf(key: string, value: unknown): string | undefined {
  if (key.toLowerCase() === "password") {
    return "plain passwords cannot be imported: use an argon2id or bcrypt hash as passwordHash, or omit it";
  }
  if (!Object.hasOwn(KEYS, key)) {
    const named = /^[\w.-]{1,40}$/.test(key) ? `the key ${key} is` : "one of its keys is";
    return `${named} unknown; the keys are ${Object.keys(KEYS).join(", ")}`;
  }
  const type = KEYS[key as keyof ImportUser];
  if (value === null) return undefined;
  if (type === "authenticators") {
    return Array.isArray(value) && value.every(isAuthenticator)
      ? undefined
      : `${key} is not a list of objects with the keys secret and name`;
  }
  const actual: string = typeof value;
  return actual === type ? undefined : `${key} is not a ${type}`;
}

/** Whether the value is an object with a text `secret`, optionally a text `name`, and no other keys. */
function isAuthenticator(value: unknown): boolean {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { secret, name = null, ...others } = value as Record<string, unknown>;
  return typeof secret === "string" && (name === null || typeof name === "string") &&
    Object.keys(others).length === 0;
}

/**
 * RFC 3339: with a time zone, to the millisecond, and a year of four digits. ISO 8601 allows longer years,
 * which a server rejects as a `DateTime`.
 */
function instantOf(text: string): Date | undefined {
  if (!/^\d{4}-/.test(text)) return undefined;
  try {
    const { epochMilliseconds } = Temporal.Instant.from(text);
    return EARLIEST <= epochMilliseconds && epochMilliseconds < END ? new Date(epochMilliseconds) : undefined;
  } catch {
    return undefined;
  }
}
