import { createHash } from "node:crypto";

/** Somebody with a Google account. */
export type Person = {
  /** Stays the same whatever else changes. */
  sub: string;
  email: string;
  emailVerified: boolean;
  /** The Workspace domain that the account belongs to; null for none. */
  hd: string | null;
  name: string;
  givenName: string;
  picture: string | null;
};

/** Whose account it is: by the address at the time, or by the subject. */
export type Whom = { email: string; sub?: string } & Partial<Person>;

/** Who it is when nobody says. */
export const SOMEBODY = "ada@example.com";

/** Whether it could be one; whose it is, nobody asks. */
export function isAddress(text: string | undefined): text is string {
  return text !== undefined && /^[^@\s]+@[^@\s]+$/.test(text);
}

/** Everybody whom the emulator has heard of, by subject. */
export class People {
  readonly #bySub = new Map<string, Person>();

  /**
   * The account of this subject, or else with this address, with what else is given changed; made when there is none.
   * A subject comes from the first address, so that it is the same one after the emulator was started again.
   */
  account({ email, ...more }: Whom): Person {
    const sub = more.sub ?? this.#withAddress(email)?.sub ?? this.#newSub(email);
    const person = { ...this.#bySub.get(sub) ?? newPerson(sub, email), email, ...more, sub };
    this.#bySub.set(sub, person);
    return person;
  }

  find(sub: string): Person | undefined {
    return this.#bySub.get(sub);
  }

  #withAddress(email: string): Person | undefined {
    const same = email.toLowerCase();
    return this.#bySub.values().find((person) => person.email.toLowerCase() === same);
  }

  /** Somebody who has given the address up keeps the subject that came from it. */
  #newSub(email: string, again = 0): string {
    const hash = createHash("sha256").update(`${again} ${email.toLowerCase()}`).digest();
    const sub = `1${hash.readBigUInt64BE().toString().padStart(20, "0")}`;
    return this.#bySub.has(sub) ? this.#newSub(email, again + 1) : sub;
  }
}

/** Google says the domain of addresses that belong to a Workspace, and none of its own. */
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
