import type { User } from "../users/users.ts";
import type { UserState } from "./states.ts";

export type Requirement = "signed_in" | "not_a_guest" | "verified_email" | "username" | "password";

/** What requirements look at. */
type Applicant = Pick<User, "isGuest" | "emailVerifiedAt" | "hasPassword"> & { username: unknown };

/** What a state can require of a user: how to meet it, and whether a user does. */
export const REQUIREMENTS: Record<Requirement, { remedy: string; isMet: (user: Applicant) => boolean }> = {
  // An operator may move a user who is not signed in; a user who moves themselves has a session.
  signed_in: { remedy: "Sign in", isMet: () => true },
  not_a_guest: {
    remedy: "Have an account: a guest registers or verifies an e-mail address",
    isMet: ({ isGuest }) => !isGuest,
  },
  verified_email: {
    remedy: "Verify an e-mail address",
    isMet: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
  },
  username: { remedy: "Have a username", isMet: ({ username }) => username !== null },
  password: { remedy: "Have a password", isMet: ({ hasPassword }) => hasPassword },
};

/** The requirements that the user does not meet, in the same order. */
export function unmetBy(user: Applicant, requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter((name) => !REQUIREMENTS[name].isMet(user));
}

/** What each state takes. */
export type StateRequirements = Readonly<Record<UserState, readonly Requirement[]>>;

/** What holds whatever is configured. A VISITOR is anybody: nobody is kept from going back to that. */
const ALWAYS: StateRequirements = {
  VISITOR: [],
  AUTH: ["signed_in", "not_a_guest"],
  PAYMENT: ["signed_in", "not_a_guest"],
};

/**
 * What each state takes, of a text like `AUTH=verified_email; PAYMENT=verified_email,password`: what is named there,
 * and what always holds. A state that is not named, or with nothing after `=`, takes no more than that. Throws an
 * `Error` that says what the text must be.
 */
export function parseStateRequirements(text: string): StateRequirements {
  const named = new Map<string, Requirement[]>();
  for (const entry of text.split(";").map((part) => part.trim()).filter((part) => part !== "")) {
    const [, state, list = ""] = /^(AUTH|PAYMENT)\s*=(.*)$/.exec(entry) ?? [];
    if (state === undefined || named.has(state)) throw new Error(SHAPE);
    named.set(state, list.split(",").map((name) => name.trim()).filter((name) => name !== "").map(parseName));
  }
  const required = (state: UserState) => [...new Set([...ALWAYS[state], ...named.get(state) ?? []])];
  return { VISITOR: ALWAYS.VISITOR, AUTH: required("AUTH"), PAYMENT: required("PAYMENT") };
}

const KNOWN = Object.keys(REQUIREMENTS);

const SHAPE =
  `must be like AUTH=verified_email;PAYMENT=verified_email,password: AUTH and PAYMENT once each at most, with any of ${
    KNOWN.join(", ")
  }`;

function parseName(name: string): Requirement {
  if (!Object.hasOwn(REQUIREMENTS, name)) {
    throw new Error(`names a requirement that does not exist; there are ${KNOWN.join(", ")}`);
  }
  return name as Requirement;
}

/** Knows what each state requires. */
export type HasStateRequirements = { stateRequirements: StateRequirements };
