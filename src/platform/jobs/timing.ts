/**
 * How often a worker checks for work without being woken. New jobs, retries and time slots wake it, so this only
 * covers a lost wake-up and the jobs of an instance that was killed.
 */
export const POLL_SECONDS = 30;

/** With a 10 s heartbeat, the job of a killed instance returns to the queue after at most 20 s. */
export const SUPERVISION = { superviseIntervalSeconds: 10, monitorIntervalSeconds: 10 };
/** Queue option: a job restarts if its worker sends no heartbeat for this long. */
export const HEARTBEAT = { heartbeatSeconds: 10 };
/** Worker option: interval of its heartbeats. */
export const WATCH = { heartbeatRefreshSeconds: 2 };
