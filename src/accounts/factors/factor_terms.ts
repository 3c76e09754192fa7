import { declareLimits, HOURS } from "../../operations/limits/limit.ts";
import type { FactorKind } from "../../operations/assurance.ts";

/** The kind of the flows in which a user proves a second factor. */
export const SECOND_FACTOR = "SECOND_FACTOR";

/** The kinds of factors in sentences. */
export const FACTOR_WORDS: Readonly<Record<FactorKind, string>> = {
  TOTP: "authenticator app",
  PASSKEY: "passkey",
  RECOVERY_CODES: "recovery code",
};

/** Maximum factors of a user, without recovery codes. */
export const MOST_FACTORS = 10;

export const FACTOR_LIMITS = declareLimits({
  /** A right proof in a flow resets it. */
  factorPerAccount: {
    most: 10,
    seconds: HOURS,
    what: "prove a second factor",
    variable: "LIMIT_FACTOR_TRIES_PER_ACCOUNT_HOUR",
    about: "Six-digit codes of authenticator apps tried for one user, in all flows",
  },
  /** Used only when `factorPerAccount` is used up. */
  factorPerKnownAddress: {
    most: 10,
    seconds: HOURS,
    what: "prove a second factor",
    variable: "LIMIT_FACTOR_TRIES_PER_KNOWN_ADDRESS_HOUR",
    about:
      "Additional codes of authenticator apps tried for one user, from a device or network that the user has signed in from",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "factor.added": { kind: FactorKind; factorId: string; label: string };
    "factor.renamed": { kind: FactorKind; factorId: string; label: string };
    "factor.removed": { kind: FactorKind; factorId: string; label: string };
    "factor.used": { kind: FactorKind; factorId: string };
    /** The signature counter of a passkey did not grow, so there may be a copy of its private key. */
    "factor.counter_went_back": { factorId: string; last: number; counter: number };
    /** `reason`: `wrong_code`, `used_code`, or why a passkey was refused. */
    "factor.rejected": { kind: FactorKind; reason: string; attemptsLeft: number };
    /** An operator removed all factors. */
    "factors.reset": { count: number };
    "recovery_codes.generated": { count: number };
    "recovery_code.used": { left: number };
    "step_up.succeeded": { kind: FactorKind };
  }
}
