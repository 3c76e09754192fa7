import { type Assurance, assuranceOf, isAtLeast } from "../../operations/assurance.ts";
import type { User } from "../users/users.ts";
import type { UserState } from "./states.ts";

export type Requirement =
  | "signed_in"
  | "not_a_guest"
  | "verified_email"
  | "username"
  | "password"
  | "second_factor"
  | "phishing_resistant";

/** The data that requirements check. */
export type Applicant = Pick<User, "isGuest" | "emailVerifiedAt" | "hasPassword" | "factors"> & {
  username: unknown;
  /** The assurance of the caller's session. Undefined if an operator changes the state: then any is enough. */
  assurance?: Assurance | undefined;
};

/** Each requirement with its remedy and its check. */
export const REQUIREMENTS: Record<Requirement, { remedy: string; isMet: (user: Applicant) => boolean }> = {
  // Always met: users who change their own state have a session, and operators may move users without one.
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
  second_factor: {
    remedy: "Add a second factor, and prove it",
    isMet: ({ factors, assurance = "MULTI" }) => factors.length > 0 && isAtLeast(assurance, "MULTI"),
  },
  phishing_resistant: {
    remedy: "Add a passkey, and sign in with it",
    isMet: ({ factors, assurance = "PHISHING_RESISTANT" }) =>
      isAtLeast(assuranceOf(factors), "PHISHING_RESISTANT") && isAtLeast(assurance, "PHISHING_RESISTANT"),
  },
};

/** Returns the requirements that the user does not meet, in the same order. */
export function unmetBy(user: Applicant, requirements: readonly Requirement[]): Requirement[] {
  return requirements.filter((name) => !REQUIREMENTS[name].isMet(user));
}

/** The requirements of each state. */
export type StateRequirements = Readonly<Record<UserState, readonly Requirement[]>>;

/** Required in every configuration. VISITOR requires nothing, so every user can go back to it. */
const ALWAYS: StateRequirements = {
  VISITOR: [],
  AUTH: ["signed_in", "not_a_guest"],
  PAYMENT: ["signed_in", "not_a_guest"],
};

/**
 * Parses a text like `AUTH=verified_email; PAYMENT=verified_email,password`. The requirements in `ALWAYS` are
 * added. States that are not named have only those. Throws an `Error` that describes the expected format.
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

/** Provides the requirements of each state. */
export type HasStateRequirements = { stateRequirements: StateRequirements };
