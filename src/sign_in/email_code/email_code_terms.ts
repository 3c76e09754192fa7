import { declareLimits, HOURS, MINUTES } from "../../operations/limits/limit.ts";
import { wholeNumber } from "../../platform/config/values.ts";
import { variable } from "../../platform/config/variable.ts";

/** The id of the method, and the kind of its flows. */
export const EMAIL_CODE = "EMAIL_CODE";

export const CODE_VARIABLES = {
  EMAIL_CODE_MINUTES: variable("Lifetime of an e-mailed code", "10", wholeNumber(1, 60)),
};

export const CODE_LIMITS = declareLimits({
  codeInterval: {
    most: 1,
    seconds: MINUTES,
    what: "send another code",
    variable: "LIMIT_CODES_PER_MINUTE",
    about: "Codes requested from one client address for one e-mail address",
  },
  codePerKnownAddress: {
    most: 10,
    seconds: HOURS,
    what: "try another code",
    variable: "LIMIT_CODE_TRIES_PER_KNOWN_ADDRESS_HOUR",
    about:
      "Additional codes tried for one e-mail address, from a device or network that its owner has signed in from",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "email_code.requested": Record<never, never>;
    "email_code.sent": Record<never, never>;
    "email_code.rejected": { attemptsLeft: number };
    "email_code.accepted": Record<never, never>;
  }
}
