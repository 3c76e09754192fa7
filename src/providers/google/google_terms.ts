import { declareLimits, HOURS } from "../../operations/limits/limit.ts";

export const GOOGLE_LIMITS = declareLimits({
  statePerAddress: {
    most: 60,
    seconds: HOURS,
    what: "finish a Google authorization",
    variable: "LIMIT_STATES_PER_ADDRESS_HOUR",
    about: "Refused returns from Google's page from one client address",
  },
  /** Authorizations that one user or operator starts, and imports of theirs that Google is asked about. */
  googlePerUser: {
    most: 100,
    seconds: HOURS,
    what: "connect Google",
    variable: "LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR",
    about: "Google authorizations started, and tokens imported, by one user or operator",
  },
});

declare module "../../events/events.ts" {
  interface EventData {
    "google.state_rejected": { reason: string };
  }
}
