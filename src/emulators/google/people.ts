import { createHash } from "node:crypto";

/** A Google account. */
export type Person = {
  /** The subject. It never changes. */
  sub: string;
  email: string;
  emailVerified: boolean;
  /** The account's Workspace domain; null for none. */
  hd: string | null;
  name: string;
  givenName: string;
  picture: string | null;
};

/** Selects an account by its subject or its present address, with fields to change. */
export type AccountInput = { email: string; sub?: string } & Partial<Person>;

/** The default address in the emulator's forms. */
export const DEFAULT_EMAIL = "ada@example.com";

/** Whether the text has the form of an e-mail address. */
export function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^[^@\s]+@[^@\s]+$/.test(text);
}

/** The accounts of the emulator. */
export class People {
  readonly #bySub = new Map<string, Person>();

  /**
   * Finds the account by subject or address, changes the given fields, and returns it. Creates it if there is none. The
   * subject is derived from the first address, so that it stays the same after a restart.
   */
  account({ email, ...more }: AccountInput): Person {
    const sub = more.sub ?? this.#withAddress(email)?.sub ?? this.#newSub(email);
    const person = { ...this.#bySub.get(sub) ?? newPerson(sub, email), email, ...more, sub };
    this.#bySub.set(sub, person);
    return person;
  }

  find(sub: string): Person | undefined {
    return this.#bySub.get(sub);
  }

  #withAddress(email: string): Person | undefined {
    const lowerCase = email.toLowerCase();
    return this.#bySub.values().find((person) => person.email.toLowerCase() === lowerCase);
  }

  /** Derives a subject from the address. `attempt` counts the taken ones: a person who changed their address keeps it. */
  #newSub(email: string, attempt = 0): string {
    const hash = createHash("sha256").update(`${attempt} ${email.toLowerCase()}`).digest();
    const sub = `1${hash.readBigUInt64BE().toString().padStart(20, "0")}`;
    return this.#bySub.has(sub) ? this.#newSub(email, attempt + 1) : sub;
  }
}

/** A new account. As at Google, `hd` is set for a Workspace domain, but not for gmail.com. */
function newPerson(sub: string, email: string): Person {
  const [local = "", domain = ""] = email.toLowerCase().split("@");
  const givenName = local.charAt(0).toUpperCase() + local.slice(1);
  return {
    sub,
    email,
    emailVerified: true,
    hd: domain === "gmail.com" ? null : domain,
    name: `${givenName} Example`,
    givenName,
    picture: null,
  };
}
