import { declareLimits, HOURS } from "../../operations/limits/limit.ts";

/** The id of the method, and the kind of its factor. */
export const PASSKEY = "PASSKEY";

export const PASSKEY_LIMITS = declareLimits({
  passkeySignUpPerAddress: {
    most: 200,
    seconds: HOURS,
    what: "register with a passkey",
    variable: "LIMIT_PASSKEY_SIGN_UPS_PER_ADDRESS_HOUR",
    about: "Steps of registrations with a passkey from one client address; each registration has two",
  },
});
