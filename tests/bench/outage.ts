import { openPostgres } from "../../src/platform/db/database.ts";
import { eventually } from "../support/eventually.ts";
import { type Outcome, startTwoInstances, underLoad } from "../support/two_instances.ts";
import { type Bench, type Figure, type Kit, sleep } from "./bench.ts";
import { startOwnCluster } from "./database.ts";

/** Together some hundred requests a second: a load that one instance can take. */
const LOAD = { crew: { families: 24, signIns: 2, guests: 4 }, flows: 10 };

const CALM_MS = 5_000;
const AFTER_MS = 12_000;

/** R48: how long requests may fail after an instance was killed. */
const KILLED_SECONDS = 5;

/** From the incident until Modal grants what is waited for. */
const GRANT_MS = 500;

/**
 * R48: what clients notice when one of two instances is killed (-9) under load, and when Postgres stops at once and
 * starts again. The servers are processes as they are deployed; a tiny balancer in this one stands for the proxy
 * before them. It takes an instance out when its connection is refused, as proxies with passive health checks do, and
 * repeats nothing that was sent. Postgres waits for the disk at each commit.
 */
export const outage: Bench = async (kit) => {
  const { cluster, url } = await startOwnCluster(kit.stack);
  const open = () => Promise.resolve(openPostgres({ url, maxConnections: 4 }));
  const instances = await startTwoInstances(kit.stack, { url, open });

  kit.say("one of two is killed");
  let killedAt = 0;
  const killed = await underLoad(instances, LOAD, async ({ grant }) => {
    await sleep(CALM_MS);
    killedAt = performance.now();
    await instances.killOne();
    await sleep(GRANT_MS);
    grant();
    await sleep(AFTER_MS);
  });
  await instances.replaceOne();

  kit.say("Postgres is restarted");
  let [stoppedAt, startedAt, readyAt] = [0, 0, 0];
  const restarted = await underLoad(instances, LOAD, async ({ grant }) => {
    await sleep(CALM_MS);
    stoppedAt = performance.now();
    const granting = sleep(GRANT_MS).then(grant);
    await cluster.restartImmediately();
    startedAt = performance.now();
    await Promise.all(instances.urls().map(ready));
    readyAt = performance.now();
    await granting;
    await sleep(AFTER_MS);
  });

  const share = errorShare(killed, killedAt, KILLED_SECONDS);
  return [
    ...wrongs("killed", killed, kit),
    {
      name: `killed: errors in the ${KILLED_SECONDS} s after it`,
      value: share.percent,
      unit: "%",
      target: { below: 1 },
      detail: { requests: share.requests, errors: share.errors },
    },
    {
      name: "killed: the last error, after it",
      value: lastError(killed, killedAt),
      unit: "s",
      target: { below: KILLED_SECONDS },
    },
    ...goingOn("killed", killed, killedAt),
    ...wrongs("Postgres", restarted, kit),
    {
      name: "Postgres: the last error, after it was stopped",
      value: lastError(restarted, stoppedAt),
      unit: "s",
      target: { below: 10 },
    },
    {
      name: "Postgres: the last error, after it was back",
      value: lastError(restarted, startedAt),
      unit: "s",
    },
    { name: "Postgres: both ready, after it was stopped", value: (readyAt - stoppedAt) / 1000, unit: "s" },
    { name: "Postgres itself was away", value: (startedAt - stoppedAt) / 1000, unit: "s" },
    ...goingOn("Postgres", restarted, stoppedAt),
  ];
};

async function ready(url: string): Promise<void> {
  await eventually("it is ready", async () => {
    const response = await fetch(`${url}/readyz`);
    await response.body?.cancel();
    return response.ok;
  });
}

/** How many wrong answers there were, and what was lost. */
function wrongs(name: string, { tally, losses }: Outcome, { fail }: Kit): Figure[] {
  const kinds = {
    "wrong answers": tally.wrong,
    "families ended or rotated otherwise than told": losses.families,
    "acknowledged changes lost": losses.changes,
    "events missing or twice": losses.events,
    "flows lost": losses.flows,
  };
  return Object.entries(kinds).map(([kind, found]) => {
    found.forEach((what) => fail(`${name}, ${kind}: ${what}`));
    return { name: `${name}: ${kind}`, value: found.length, unit: "", target: { below: 1 } };
  });
}

function errorShare({ tally }: Outcome, from: number, seconds: number) {
  const isIn = (at: number) => at >= from && at < from + seconds * 1000;
  const errors = tally.refused.filter(({ at }) => isIn(at)).length;
  const requests = errors + tally.right.filter(isIn).length;
  return { requests, errors, percent: 100 * errors / requests };
}

/** Seconds from the incident to the last request that failed; 0 when none did. */
function lastError({ tally }: Outcome, from: number): number {
  return (Math.max(from, ...tally.refused.map(({ at }) => at)) - from) / 1000;
}

/** How soon those who wait and those who listen had what they were waiting for, and what the load was. */
function goingOn(name: string, { tally, follower, flows }: Outcome, from: number): Figure[] {
  const succeeded = flows.map((id) =>
    follower.seen.find((event) => event.type === "flow.succeeded" && event.flowId === id)?.at ?? NaN
  );
  const heard = follower.seen.map(({ at }) => at);
  const silences = heard.map((at, n) => at - (heard[n - 1] ?? at)).filter((_, n) => (heard[n] ?? 0) > from);
  const before = tally.right.filter((at) => at < from && at > from - CALM_MS).length;
  return [
    {
      name: `${name}: the last of ${flows.length} waiting flows goes on, after it`,
      value: (Math.max(...succeeded) - from) / 1000,
      unit: "s",
      target: { below: 15 },
    },
    { name: `${name}: the subscriber's longest silence`, value: Math.max(...silences) / 1000, unit: "s" },
    { name: `${name}: requests before it`, value: before / (CALM_MS / 1000), unit: "/s" },
    { name: `${name}: errors in all`, value: tally.refused.length, unit: "" },
  ];
}
