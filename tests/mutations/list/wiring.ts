import type { Mutation } from "../mutation.ts";

export const WIRING: readonly Mutation[] = [
  {
    name: "a session that is not used lives on",
    file: "src/wiring/settings.ts",
    before: "refreshIdleSeconds: config.SESSION_IDLE_DAYS * DAY_SECONDS,",
    after: "refreshIdleSeconds: config.SESSION_DAYS * DAY_SECONDS,",
    suites: ["accounts/refresh."],
  },
  {
    name: "a signing key goes before the cookies that it signed",
    file: "src/wiring/settings.ts",
    before: "Math.max(accessTokenSeconds,",
    after: "Math.min(accessTokenSeconds,",
    suites: ["platform/signing_keys."],
  },
  {
    name: "sessions that have ended are kept for ever",
    file: "src/wiring/recurring_work.ts",
    before: "await forgetEndedSessions(services);",
    after: "",
    suites: ["operations/forgotten"],
  },
  {
    name: "mails are kept for ever",
    file: "src/wiring/recurring_work.ts",
    before: "await pruneMails(services.db, daysAgo(MAILS_KEPT_DAYS));",
    after: "",
    suites: ["operations/forgotten"],
  },
  {
    name: "a star is an allowed origin",
    file: "src/platform/config/values.ts",
    before: " || !HOST.test(url.hostname)",
    after: "",
    suites: ["platform/config"],
  },
];
