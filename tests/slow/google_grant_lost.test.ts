import assert from "node:assert/strict";
import { randomBytes } from "../../src/lib/crypto.ts";
import { startGoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { silent } from "../../src/emulators/google/switches.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { Secret } from "../../src/lib/secret.ts";
import { newPostgres, type TestDatabase } from "../support/databases.ts";
import { eventually, within } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import {
  COMPLETE,
  goTo,
  JSON_PLEASE,
  newVisitor,
  readFlow,
  refusalOf,
  returnOf,
  start,
} from "../support/google_flows.ts";
import { startGoogleServer } from "../support/google_server.ts";
import { onOwnCluster } from "../support/own_cluster.ts";
import { mutate, newPerson, signedIn } from "../support/people.ts";

const CONSENT_AGAIN = "Connect Google again: consent must be given once more";

/** Locks a flow's row until disposal. */
async function holdFlow(database: TestDatabase, id: string): Promise<AsyncDisposable> {
  const { db, close } = await database.open();
  const held = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const done = db.transaction().execute(async (tx) => {
    await tx.selectFrom("flows").select("id").where("id", "=", id).forUpdate().execute();
    held.resolve();
    await release.promise;
  });
  await held.promise;
  return {
    [Symbol.asyncDispose]: async () => {
      release.resolve();
      await done;
      await close();
    },
  };
}

/**
 * Kills a server with kill -9 before Google answers ("asked"), or between Google's grant and the commit ("granted").
 * Returns the state of its flow and of the user's next flow.
 */
async function killed(moment: "asked" | "granted") {
  await using database = await newPostgres();
  await using google = await startGoogleEmulator();
  const secret = randomBytes(32);
  await using victim = await startGoogleServer(database.url, google, { secret });
  const person = await newPerson(victim);
  const started = await start(victim, { token: person.accessToken }, { resume: { upload: 7 } });
  const { state, code } = Object.fromEntries((await returnOf(started)).searchParams);
  if (moment === "asked") google.switches.faults = [silent("token", 1)];
  else google.switches.delayMs = 1_000;
  const lost = assert.rejects(
    mutate(victim, COMPLETE, { token: person.accessToken, variables: { input: { state, code } } }),
  );
  await eventually("the exchange", () => google.calls.exchanges === 1);
  {
    await using _held = await holdFlow(database, started.flow.id);
    if (moment === "granted") {
      await eventually("Google has granted", () => google.secrets().some((text) => text.startsWith("1//")));
    }
    await victim.kill();
  }
  await lost;

  const keys = createKeyring(new Secret(secret));
  await using heir = await startGoogleApp({ database, google, keys });
  const { accessToken: token } = await signedIn(heir, person.username);
  const before = await readFlow(heir, started.flow.id, { token });
  heir.clock.advance(61);
  const after = await eventually("the flow has ended", async () => {
    const flow = await readFlow(heir, started.flow.id, { token });
    return flow.status !== "WAITING" && flow;
  }, 30);
  const next = await start(heir, { token });
  return {
    before,
    after,
    next: await readFlow(heir, next.flow.id, { token }),
    exchanges: google.calls.exchanges,
  };
}

function checkLost({ before, after, next, exchanges }: Awaited<ReturnType<typeof killed>>): void {
  assert.equal(before.status, "WAITING");
  assert.deepEqual([after.status, after.failure?.code, after.failure?.actionRequired, after.credential], [
    "FAILED",
    "REAUTHORIZATION_REQUIRED",
    CONSENT_AGAIN,
    null,
  ]);
  assert.deepEqual(next.resume, { upload: 7 }, "`resume` passes to the next flow");
  assert.equal(exchanges, 1, "a code is exchanged only once");
}

Deno.test("after kill -9 during the call to Google, the flow requires consent again", async () => {
  checkLost(await killed("asked"));
});

Deno.test("after kill -9 between Google's grant and our commit, it does so, too", async () => {
  checkLost(await killed("granted"));
});

onOwnCluster(
  "a grant lost in a long database outage is reported in the answer and by the flow",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const started = await start(visitor, {});
    const back = await returnOf(started);
    app.google.switches.delayMs = 1_000;
    const answer = goTo(visitor, back, JSON_PLEASE);
    await eventually("the exchange", () => app.google.calls.exchanges === 1);
    await database.cluster.stopImmediately();
    try {
      // The server keeps the grant for twenty seconds.
      const { status, code, actionRequired } = await refusalOf(await within("the answer", answer, 60));
      assert.deepEqual([status, code, actionRequired], [400, "REAUTHORIZATION_REQUIRED", CONSENT_AGAIN]);
    } finally {
      await database.cluster.start();
    }
    app.clock.advance(61);
    const flow = await eventually("the flow has ended", async () => {
      const flow = await readFlow(visitor, started.flow.id, {}).catch(() => undefined);
      return flow?.status !== "WAITING" && flow;
    }, 30);
    assert.deepEqual([flow.status, flow.failure?.actionRequired], ["FAILED", CONSENT_AGAIN]);
  },
);
