/** How often a worker looks for work that nobody told it of. */
export const POLL_SECONDS = 1;

/**
 * Measured: with a 10 s heartbeat, and supervision every two seconds, a dead worker's job is taken up again
 * after 9 s; pg-boss's defaults take 57 s.
 */
export const SUPERVISION = { superviseIntervalSeconds: 2, monitorIntervalSeconds: 2 };
/** Of a queue: a job whose worker has been silent for so long is taken up again. */
export const HEARTBEAT = { heartbeatSeconds: 10 };
/** Of a worker: how often it says that it lives. */
export const WATCH = { heartbeatRefreshSeconds: 2 };
