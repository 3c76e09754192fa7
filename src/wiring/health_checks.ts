import { examineMail, examineMailQueue } from "../accounts/mail/mail_check.ts";
import type { HasClock } from "../lib/clock.ts";
import { cachedForAMinute, type RememberedCheck } from "../operations/health/server.ts";
import type { HasDatabase } from "../platform/db/tables.ts";
import type { Mailer } from "../platform/mail/mailer.ts";
import { examineCredentials } from "../vault/credential_check.ts";
import type { ProviderAdapter } from "../vault/provider.ts";

/** Returns the checks of providers, mail and credentials. All but the mail queue are cached for a minute. */
export function otherChecks(
  services: HasClock & HasDatabase,
  providers: readonly ProviderAdapter[],
  mailer: Mailer | undefined,
): RememberedCheck[] {
  const { now } = services;
  return [
    ...providers.map(({ check }) => cachedForAMinute(check, now)),
    cachedForAMinute(async () => ({ name: "mail", ...await examineMail(services, mailer) }), now),
    async () => ({ name: "mail queue", ...await examineMailQueue(services) }),
    cachedForAMinute(async () => ({ name: "credentials", ...await examineCredentials(services) }), now),
  ];
}
