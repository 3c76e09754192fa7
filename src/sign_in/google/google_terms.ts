import type { TimingDetails } from "../../accounts/sessions/token_timing.ts";
import { declareLimits, HOURS } from "../../operations/limits/limit.ts";

/** The id of the method. */
export const GOOGLE = "GOOGLE";

export const GOOGLE_SIGN_IN_LIMITS = declareLimits({
  googlePerAddress: {
    most: 100,
    seconds: HOURS,
    what: "sign in with Google",
    variable: "LIMIT_GOOGLE_TOKENS_PER_ADDRESS_HOUR",
    about: "Rejected Google tokens from one client address",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "google.accepted": Record<never, never>;
    /**
     * With the token's times if the reason is `timing`, and with the keyed hash of the address if Google has signed
     * the token.
     */
    "google.rejected": { reason: string; claim?: string; subject?: string } & Partial<TimingDetails>;
  }
}
