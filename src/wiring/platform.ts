import type { Config } from "../config.ts";
import { MAIL_QUEUE } from "../accounts/mail/mail.ts";
import { MAIL_PAUSES } from "../accounts/mail/send_mail.ts";
import { startEventLog } from "../events/event_log.ts";
import { startInstance } from "../operations/instances/instances.ts";
import { createMetrics } from "../operations/metrics/metrics.ts";
import { openJobs } from "../platform/jobs/jobs.ts";
import { admitRootKey } from "../platform/keys/root_key_guard.ts";
import { configuredMailer } from "../platform/mail/mailer.ts";
import type { AppOverrides } from "./app_overrides.ts";

/** Time for running jobs to finish at the end. */
export const JOBS_CLOSE_SECONDS = 8;

/** What every service works on: the database, the event log, this instance, jobs, mail and metrics. */
export type Platform = Awaited<ReturnType<typeof openPlatform>>;

/** Opens the platform, and adds each part to `made`, which closes them in reverse order. */
export async function openPlatform(
  config: Config,
  overrides: AppOverrides,
  made: AsyncDisposableStack,
) {
  const now = overrides.now ?? (() => new Date());
  const { keys } = overrides;
  const metrics = createMetrics(now, overrides.workers);
  made.defer(() => metrics.close());
  const database = await overrides.openDatabase((outcome) => {
    metrics.add(outcome === "ok" ? "databaseOperations" : "databaseFailures");
  });
  made.defer(() => database.close());
  const { db } = database;
  await admitRootKey(db, keys, now());

  const eventLog = await startEventLog(database, now);
  made.defer(() => eventLog.close());
  eventLog.listen(["all"], () => metrics.add("events"));
  metrics.addGauges({
    tailLagSeconds: {
      help: "Lag of the event log in seconds",
      read: () => eventLog.lagSeconds,
      aggregator: "max",
    },
    subscribers: { help: "Listeners of the event log", read: () => eventLog.listeners },
  });
  const instance = await startInstance(db, now, database.kind === "pglite");
  made.defer(() => instance.close());
  const jobs = await openJobs(database, [{ name: MAIL_QUEUE, pauses: overrides.mailPauses ?? MAIL_PAUSES }]);
  made.defer(() => jobs.close(JOBS_CLOSE_SECONDS));
  const mailer = configuredMailer(config);
  return { db, now, keys, database, metrics, eventLog, wakeLog: eventLog.wake, instance, jobs, mailer };
}
