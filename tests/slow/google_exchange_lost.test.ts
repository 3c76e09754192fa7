import assert from "node:assert/strict";
import { silent } from "../../src/emulators/google/switches.ts";
import { expireFlows } from "../../src/flows/expire_flows.ts";
import { onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { complete, goTo, newVisitor, readFlow, returnOf, start } from "../support/google_flows.ts";
import { onOwnCluster } from "../support/own_cluster.ts";
import { newPerson } from "../support/people.ts";

onOwnCluster("a grant survives a database outage between Google's answer and commit", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const started = await start(visitor, {});
  const back = await returnOf(started);
  app.google.switches.delayMs = 1_000;
  const answer = goTo(visitor, back);
  await eventually("the exchange", () => app.google.calls.exchanges === 1);
  await database.cluster.stopImmediately();
  try {
    await eventually(
      "Google has granted",
      () => app.google.secrets().some((secret) => secret.startsWith("1//")),
    );
  } finally {
    await database.cluster.start();
  }
  const response = await answer;
  assert.equal(response.status, 200, await response.text());
  const flow = await eventually(
    "the flow",
    () => readFlow(visitor, started.flow.id, {}).catch(() => undefined),
    10,
  );
  assert.deepEqual([flow.status, flow.credential?.label], ["SUCCEEDED", "ada@example.com"]);
});

onPostgres("after a crash with Google's answer, the flow requires consent again", async (database) => {
  await using app = await startGoogleApp({ database, googleSeconds: 600 });
  await using other = await startGoogleApp({
    database,
    google: app.google,
    keys: app.services.keys,
    clock: app.clock,
  });
  const { accessToken: token } = await newPerson(app);
  const started = await start(app, { token }, { resume: "kept" });
  const { state, code } = Object.fromEntries((await returnOf(started)).searchParams);
  app.google.switches.faults = [silent("token", 1)];
  // Simulates a crashed process: the answer never arrives.
  const lost = complete(app, { token }, { state, code }).catch(() => undefined);
  await eventually("the exchange", () => app.google.calls.exchanges === 1);
  assert.equal(await expireFlows(other.services), 0);
  app.clock.advance(61);
  // The first scheduled job of either instance ends the flow.
  const flow = await eventually("the flow has ended", async () => {
    const flow = await readFlow(other, started.flow.id, { token });
    return flow.status !== "WAITING" && flow;
  }, 30);
  assert.deepEqual([flow.status, flow.failure?.code, flow.failure?.actionRequired, flow.resume], [
    "FAILED",
    "REAUTHORIZATION_REQUIRED",
    "Connect Google again: consent must be given once more",
    "kept",
  ]);
  app.services.google.close();
  await lost;
});
