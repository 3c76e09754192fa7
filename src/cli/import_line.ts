import type { ImportPasskey } from "../accounts/factors/passkeys/import_passkeys.ts";
import type { ImportTotp } from "../accounts/factors/totp/import_totp.ts";
import type { ImportUser } from "../accounts/users/import_users.ts";
import type { Line } from "./lines.ts";

type Type = "string" | "boolean" | "number" | "time" | "list of strings";

/** The keys of an object in a list. `null` counts as absent, except for required keys. */
type Fields = Readonly<Record<string, Type | { required: Type }>>;

const TOTP_KEYS: Record<keyof ImportTotp, Fields[string]> = {
  secret: { required: "string" },
  name: "string",
};

const PASSKEY_KEYS: Record<keyof ImportPasskey, Fields[string]> = {
  credentialId: { required: "string" },
  publicKey: { required: "string" },
  counter: { required: "number" },
  transports: "list of strings",
  name: "string",
  backedUp: "boolean",
  userHandle: "string",
  createdAt: "time",
};

/** The keys of a line, and their types or the keys of the objects in their lists. */
const KEYS: Record<keyof ImportUser, Type | Fields> = {
  username: "string",
  email: "string",
  emailVerified: "boolean",
  name: "string",
  passwordHash: "string",
  createdAt: "time",
  disabled: "boolean",
  totp: TOTP_KEYS,
  passkeys: PASSKEY_KEYS,
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
    value = JSON.parse(line.text, (key, each) => key === "createdAt" ? instantOf(each) ?? each : each);
  } catch {
    return { reason: "it is not JSON" };
  }
  if (!isObject(value)) return { reason: "it is not a JSON object" };
  const reason = Object.entries(value).map(([key, each]) => problemOf(key, each))
    .find((problem) => problem !== undefined);
  return reason ? { reason } : { user: { ...value } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
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
  if (typeof type === "object") {
    return Array.isArray(value) && value.every((each) => hasFields(each, type))
      ? undefined
      : `${key} is not a list of objects with the keys ${listOf(type)}`;
  }
  if (isOfType(value, type)) return undefined;
  return `${key} is not a ${type}${type === "time" ? " such as 2024-03-31T12:00:00Z" : ""}`;
}

function listOf(fields: Fields): string {
  return Object.entries(fields).map(([key, type]) => typeof type === "object" ? key : `${key} (optional)`)
    .join(", ");
}

/** Whether the value is an object with these keys, and no others. */
function hasFields(value: unknown, fields: Fields): boolean {
  if (!isObject(value) || !Object.keys(value).every((key) => Object.hasOwn(fields, key))) return false;
  return Object.entries(fields).every(([key, type]) => {
    const field = Object.hasOwn(value, key) ? value[key] : null;
    return typeof type === "object"
      ? isOfType(field, type.required)
      : field === null || isOfType(field, type);
  });
}

function isOfType(value: unknown, type: Type): boolean {
  const actual: string = typeof value;
  switch (type) {
    case "time":
      return value instanceof Date;
    case "list of strings":
      return Array.isArray(value) && value.every((each) => typeof each === "string");
    default:
      return actual === type;
  }
}

/**
 * RFC 3339: with a time zone, to the millisecond, and a year of four digits. ISO 8601 allows longer years,
 * which a server rejects as a `DateTime`.
 */
function instantOf(value: unknown): Date | undefined {
  if (typeof value !== "string" || !/^\d{4}-/.test(value)) return undefined;
  try {
    const { epochMilliseconds } = Temporal.Instant.from(value);
    return EARLIEST <= epochMilliseconds && epochMilliseconds < END ? new Date(epochMilliseconds) : undefined;
  } catch {
    return undefined;
  }
}
