/** How often a worker checks for work without being woken. */
export const POLL_SECONDS = 1;

/**
 * Measured: with a 10 s heartbeat and supervision every 2 s, a dead worker's job restarts after 9 s; with
 * pg-boss's defaults after 57 s.
 */
export const SUPERVISION = { superviseIntervalSeconds: 2, monitorIntervalSeconds: 2 };
/** Queue option: a job restarts if its worker sends no heartbeat for this long. */
export const HEARTBEAT = { heartbeatSeconds: 10 };
/** Worker option: interval of its heartbeats. */
export const WATCH = { heartbeatRefreshSeconds: 2 };
