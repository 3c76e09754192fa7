import { declareLimits, HOURS, MINUTES } from "../../operations/limits/limit.ts";
import { wholeNumber } from "../../platform/config/values.ts";
import { variable } from "../../platform/config/variable.ts";

/** The id of the method. */
export const PASSWORD = "PASSWORD";

export const PASSWORD_VARIABLES = {
  PASSWORD_MIN_CHARACTERS: variable(
    "Minimum length of a password; 15 is recommended if it is the only factor",
    "8",
    wholeNumber(8, 128),
  ),
};

export const PASSWORD_LIMITS = declareLimits({
  /** R41. Reset by a correct password. */
  passwordPerAccount: {
    most: 10,
    seconds: 15 * MINUTES,
    what: "sign in with a password",
    variable: "LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES",
    about: "Passwords tried for one name",
  },
  /** A reserve in addition to the limits per account and per address. */
  passwordPerKnownAddress: {
    most: 10,
    seconds: 15 * MINUTES,
    what: "sign in with a password",
    variable: "LIMIT_PASSWORDS_PER_KNOWN_ADDRESS_15_MINUTES",
    about:
      "Additional passwords tried for one name, from a device or network that its owner has signed in from",
  },
  passwordPerAddress: {
    most: 100,
    seconds: 15 * MINUTES,
    what: "sign in with a password",
    variable: "LIMIT_PASSWORDS_PER_ADDRESS_15_MINUTES",
    about: "Wrong passwords from one client address",
  },
  registerPerAddress: {
    most: 200,
    seconds: HOURS,
    what: "register",
    variable: "LIMIT_REGISTRATIONS_PER_ADDRESS_HOUR",
    about: "Registrations from one client address",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "password.accepted": Record<never, never>;
    /** `subject`: the keyed hash of a name that no user has. */
    "password.rejected": { reason: string; subject?: string };
    "password.changed": { by: string };
    "password.reset_requested": Record<never, never>;
  }
}
