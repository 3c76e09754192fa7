import { equalBytes, fromBase64Url, sha256, toBase64Url } from "../../../lib/crypto.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { consumeOnce } from "../../../platform/db/one_time_values.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasKeys, RootKey } from "../../../platform/keys/root_key.ts";

/** A passkey ceremony (WebAuthn level 3 §3): the browser has a challenge, and its response is awaited. */
export type Ceremony = {
  purpose: "sign_in" | "sign_up" | "registration";
  /** 256 random bits as base64url. */
  challenge: string;
  /** The future owner of the passkey, and the session that started the ceremony. Null for a sign-in. */
  userId: string | null;
  sessionId: string | null;
  /** The username of a new user. */
  username: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
};

/** A ceremony as clients get it. */
export type StartedCeremony = { id: string; options: object; expiresAt: Date };

const LIFETIME_MS = 5 * 60 * 1000;

/** The longest id that is parsed. Ids have about 500 characters. */
const MOST_CHARACTERS = 1000;

/**
 * Starts a ceremony. Stores nothing, so callers without an account cannot fill the database: the id contains the
 * ceremony and our MAC. The id is secret, and binds the response to the client that started the ceremony.
 */
export function startCeremony(
  { keys, now }: HasKeys & HasClock,
  facts: Partial<Ceremony> & Pick<Ceremony, "purpose" | "challenge">,
  options: object,
): StartedCeremony {
  const expiresAt = new Date(now().getTime() + LIFETIME_MS);
  const ceremony: Ceremony = {
    userId: null,
    sessionId: null,
    username: null,
    ...facts,
    expiresAt: expiresAt.getTime(),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(ceremony));
  return { id: `${toBase64Url(bytes)}.${toBase64Url(macOf(keys.current, bytes))}`, options, expiresAt };
}

/**
 * Returns the ceremony of an id. Returns undefined if the id is not ours, has another purpose or has expired. Does not
 * check whether the ceremony was used: see `consumeCeremony`.
 */
export function openCeremony(
  { keys, now }: HasKeys & HasClock,
  purpose: Ceremony["purpose"],
  id: string,
): Ceremony | undefined {
  const parts = id.length > MOST_CHARACTERS ? [] : id.split(".");
  const [bytes, mac] = parts.map(fromBase64Url);
  if (parts.length !== 2 || !bytes || !mac) return undefined;
  if (!keys.all.map((key) => equalBytes(macOf(key, bytes), mac)).includes(true)) return undefined;
  const ceremony: Ceremony = JSON.parse(new TextDecoder().decode(bytes));
  return ceremony.purpose === purpose && ceremony.expiresAt > now().getTime() ? ceremony : undefined;
}

/** Marks the ceremony as used. Returns true to the first caller and false to all others. */
export async function consumeCeremony(
  { db }: Pick<HasDatabase, "db">,
  { challenge, expiresAt }: Ceremony,
): Promise<boolean> {
  return await consumeOnce(db, {
    hash: sha256(`passkey challenge ${challenge}`),
    // Kept longer than the ceremony, because the clocks of instances may differ.
    expiresAt: new Date(expiresAt + LIFETIME_MS),
  });
}

function macOf(key: RootKey, ceremony: Uint8Array): Uint8Array {
  return key.mac("passkey ceremony", ceremony);
}
