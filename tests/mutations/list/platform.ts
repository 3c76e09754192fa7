import type { Mutation } from "../mutation.ts";

export const PLATFORM: readonly Mutation[] = [
  {
    name: "a server starts with a wrong root secret",
    file: "src/platform/keys/root_key_guard.ts",
    before: "if (last && !keys.find(last.id)) throw new WrongRootSecret();",
    after: "",
    suites: ["platform/keys"],
  },
  {
    name: "one derived key serves all purposes",
    file: "src/platform/keys/root_key.ts",
    before: "key: (purpose) => keys[purpose],",
    after: "key: () => keys.vault,",
    suites: ["platform/keys"],
  },
  {
    name: "a deadlock is not tried again",
    file: "src/platform/db/retry.ts",
    before: '["40001", "40P01"]',
    after: '["40001"]',
    suites: ["platform/database"],
  },
  {
    name: "the outbox keeps text of the mail that a mail server repeats",
    file: "src/platform/mail/mailer.ts",
    before: "BEFORE_THE_MAIL.test(command) ? plain(response)",
    after: "true ? plain(response)",
    suites: ["platform/mail_sealing", "platform/mailer"],
  },
  {
    name: "a mail goes out without the TLS that is asked for",
    file: "src/platform/mail/mailer.ts",
    before: 'requireTLS: server.tls === "required",',
    after: "",
    suites: ["platform/mailer"],
  },
  {
    name: "each instance does what recurs",
    file: "src/platform/jobs/recurring.ts",
    before: "await boss.send(job.name, null, { singletonKey: slot });",
    after: "await boss.send(job.name, null, { singletonKey: crypto.randomUUID() });",
    suites: ["platform/"],
    equivalent: "Recurring work may run twice by contract: the second run finds nothing to do.",
  },
];
