import type { Config } from "../config.ts";
import { expireFlows } from "../flows/expire_flows.ts";
import { pruneFlows } from "../flows/flows.ts";
import { ANY_METHODS, SIGN_IN_METHODS } from "../sign_in/methods.ts";
import type { RecurringJob } from "../platform/jobs/recurring.ts";
import { maintainSigningKeys } from "../accounts/sessions/signing_key_rotation.ts";
import { pruneLinks } from "../accounts/links/links.ts";
import { pruneMails } from "../accounts/mail/mail.ts";
import { expireMails } from "../accounts/mail/send_mail.ts";
import { forgetEndedSessions } from "../accounts/sessions/sessions.ts";
import { expireApiKeys } from "../operations/api_keys/expire_api_keys.ts";
import { pruneEnrolments } from "../accounts/factors/totp/enrol_totp.ts";
import { resealTotps } from "../accounts/factors/totp/reseal_totps.ts";
import { FLOW_KINDS } from "./flow_kinds.ts";
import { DAY_SECONDS, eventLifetimesOf, keyLifetimesOf } from "./settings.ts";
import { pruneEvents } from "../events/retention.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasLimits } from "../operations/limits/limits.ts";
import type { HasMetrics } from "../operations/metrics/metrics.ts";
import { pruneConsumed } from "../platform/db/one_time_values.ts";
import type { HasKeys } from "../platform/keys/root_key.ts";
import type { HasProviders } from "../vault/provider.ts";
import type { HasRevokedSessions } from "../accounts/sessions/revoked_sessions.ts";
import type { HasSessionIssuer } from "../accounts/sessions/issue_session.ts";
import type { HasRefresher } from "../vault/refresh.ts";
import type { HasRefreshHorizon } from "../vault/refresh_timing.ts";
import { resealVault } from "../vault/reseal.ts";
import { sweepVault } from "../vault/sweep.ts";

type RecurringServices =
  & HasClock
  & HasEventLog
  & HasKeys
  & HasLimits
  & HasMetrics
  & HasProviders
  & HasRefresher
  & HasRefreshHorizon
  & HasRevokedSessions
  & HasSessionIssuer;

/**
 * Returns all recurring jobs with their schedules in UTC. One instance at a time runs each; `atStart` also runs
 * it when an instance starts.
 */
export function recurringWork(services: RecurringServices, config: Config): RecurringJob[] {
  const keyLifetimes = keyLifetimesOf(config);
  return [
    { name: "flows.expire", cron: "*/10 * * * * *", run: () => expireFlows(services, FLOW_KINDS) },
    { name: "api_keys.expire", cron: "0 * * * * *", run: () => expireApiKeys(services) },
    { name: "mail.expire", cron: "*/10 * * * * *", run: () => expireMails(services) },
    {
      name: "vault.sweep",
      cron: config.VAULT_SWEEP_CRON,
      atStart: true,
      run: () => sweepVault(services, services.providers.flatMap(({ recheck }) => recheck ?? [])),
    },
    { name: "vault.reseal", cron: "30 * * * *", atStart: true, run: () => resealAll(services) },
    {
      name: "keys.tend",
      cron: "15 * * * *",
      atStart: true,
      run: () => maintainSigningKeys(services, keyLifetimes),
    },
    ...SIGN_IN_METHODS.flatMap((method) => "jobs" in method ? method.jobs(services, config) : []),
    {
      name: "events.prune",
      cron: "50 * * * *",
      run: (stop) => pruneEvents(services, eventLifetimesOf(config), stop),
    },
    { name: "accounts.forget", cron: "45 * * * *", run: () => forgetWhatIsOver(services) },
  ];
}

async function resealAll(services: RecurringServices): Promise<void> {
  await resealVault(services);
  await resealTotps(services);
}

/** How long operators can look up mails. */
const MAILS_KEPT_DAYS = 30;

/** Deletes rows that are no longer needed. */
async function forgetWhatIsOver(services: RecurringServices): Promise<void> {
  await forgetEndedSessions(services);
  await pruneLinks(services.db, services.now());
  await pruneEnrolments(services.db, services.now());
  await pruneConsumed(services.db, services.now());
  for (const method of ANY_METHODS) await method.prune?.(services);
  const daysAgo = (days: number) => new Date(services.now().getTime() - days * DAY_SECONDS * 1000);
  await pruneMails(services.db, daysAgo(MAILS_KEPT_DAYS));
  for (const { kind, keptDays } of FLOW_KINDS) {
    if (keptDays !== undefined) await pruneFlows(services.db, kind, daysAgo(keptDays));
  }
  await services.limits.prune();
}
