import { MAIL_QUEUE } from "../accounts/mail/mail.ts";
import { sendMail } from "../accounts/mail/send_mail.ts";
import type { Config } from "../config.ts";
import { clearedSubjects } from "../diagnosis/clear_limits.ts";
import type { Worker } from "../platform/jobs/queue.ts";
import { scheduleRefreshes } from "../vault/refresh_scheduler.ts";
import type { AppOverrides } from "./app_overrides.ts";
import { MAIL_WRITERS, noteMail } from "./mail_writers.ts";
import { JOBS_CLOSE_SECONDS, type Platform } from "./platform.ts";
import { recurringWork } from "./recurring_work.ts";
import type { Services } from "./services.ts";

/** Time for running token refreshes to finish and be stored at the end. */
const REFRESHES_CLOSE_SECONDS = 4;

/** Events after which a refresh or a change of health may be due sooner. */
const CREDENTIAL_CHANGES = [
  "type:credential.created",
  "type:credential.updated",
  "type:credential.refreshed",
  "type:credential.refresh_failed",
  "type:credential.health_changed",
] as const;

/** Starts the work that no request asks for: mails, recurring jobs and refreshes of tokens. `made` ends it. */
export async function startBackground(
  config: Config,
  overrides: Pick<AppOverrides, "scheduleRefreshes">,
  { eventLog, jobs, mailer }: Platform,
  services: Services,
  made: AsyncDisposableStack,
): Promise<void> {
  const { providers, refresher, allowances } = services;
  // Closes after the jobs had time to finish; mails still being sent fail.
  made.defer(() => mailer?.close());
  made.defer(eventLog.listen(["type:mail.queued", "type:mail.requested"], () => jobs.wake(MAIL_QUEUE)));
  made.defer(eventLog.listen(["type:limits.cleared"], (event) => allowances.forget(clearedSubjects(event))));
  const scheduler = (overrides.scheduleRefreshes ?? scheduleRefreshes)(services);
  made.defer(eventLog.listen(CREDENTIAL_CHANGES, scheduler.wake));
  made.defer(async () => {
    const kept = scheduler.close();
    await refresher.close(REFRESHES_CLOSE_SECONDS);
    // Token refreshes that are still running fail now.
    for (const { close, tokens } of providers) if (tokens) await close();
    await kept;
  });
  // Closes first, while the services that jobs need are still open.
  made.defer(() => jobs.close(JOBS_CLOSE_SECONDS));
  const workers: Worker[] = mailer
    ? [{
      queue: MAIL_QUEUE,
      run: (id, signal) => sendMail({ ...services, mailer, writers: MAIL_WRITERS, noteMail }, id, signal),
    }]
    : [];
  await jobs.start(recurringWork(services, config), workers);
}
