import { equalBytes, fromBase64Url, sha256, toBase64Url } from "../../../lib/crypto.ts";
import type { HasClock } from "../../../lib/clock.ts";
import { consumeOnce } from "../../../platform/db/one_time_values.ts";
import type { HasDatabase } from "../../../platform/db/tables.ts";
import type { HasKeys, RootKey } from "../../../platform/keys/root_key.ts";

/** A passkey ceremony (WebAuthn level 3 §3): the browser got its challenge, and the server waits for the response. */
export type Ceremony = {
  purpose: "sign_in" | "sign_up" | "registration";
  /** 256 random bits as base64url. */
  challenge: string;
  /** The user that the passkey will be for, and the session that began it. Null where there is none yet. */
  userId: string | null;
  sessionId: string | null;
  /** The name that a new user wants. */
  username: string | null;
  /** Milliseconds since 1970. */
  expiresAt: number;
};

/** A ceremony as clients get it. */
export type StartedCeremony = { id: string; options: object; expiresAt: Date };

const LIFETIME_MS = 5 * 60 * 1000;

/** Ids have about 500. */
const MOST_CHARACTERS = 1000;

/**
 * Starts a ceremony. Its id contains it and our MAC, so strangers can start any number and nothing is stored; only
 * its use is. The id is secret: a response works only with it, so it binds the response to the client that began.
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

/** Returns a ceremony of ours that has this purpose and has not expired. It may have been used. */
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

/** Returns true to the first caller and false to all others. */
export async function consumeCeremony(
  { db }: Pick<HasDatabase, "db">,
  { challenge, expiresAt }: Ceremony,
): Promise<boolean> {
  return await consumeOnce(db, {
    hash: sha256(`passkey challenge ${challenge}`),
    // Instances whose clocks differ may accept the ceremony a little longer.
    expiresAt: new Date(expiresAt + LIFETIME_MS),
  });
}

function macOf(key: RootKey, ceremony: Uint8Array): Uint8Array {
  return key.mac("passkey ceremony", ceremony);
}
