import { declareLimits, HOURS } from "../../operations/limits/limit.ts";
import { wholeNumber } from "../../platform/config/values.ts";
import { variable } from "../../platform/config/variable.ts";

/** The id of the method. */
export const GUEST = "GUEST";

export const GUEST_VARIABLES = {
  GUEST_DAYS: variable("How long a guest without a live session is kept", "30", wholeNumber(1, 3_650)),
};

export const GUEST_LIMITS = declareLimits({
  /** R44. */
  guestPerAddress: {
    most: 30,
    seconds: HOURS,
    what: "sign in as a guest",
    variable: "LIMIT_GUESTS_PER_ADDRESS_HOUR",
    about: "Guest sign-ins from one client address",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "guest.created": Record<never, never>;
    "guest.upgraded": { method: string };
    "guest.merged": { guestId: string; userId: string };
    "guest.reaped": Record<never, never>;
  }
}
