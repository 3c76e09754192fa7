import assert from "node:assert/strict";
import { openPostgres } from "../../src/platform/db/database.ts";
import { startApp } from "../support/app.ts";
import type { TestDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { newPerson, signIn, viewerOf } from "../support/people.ts";
import { ask, startReplicated } from "../support/replicated.ts";
import { administer } from "../support/templates.ts";
import { type Course, startTwoInstances, underLoad } from "../support/two_instances.ts";

const LOAD = { crew: { families: 6, signIns: 1, guests: 2 }, flows: 6 };

/** Correct answers before and after the failover. */
const ENOUGH = 200;

const OUR_CONNECTIONS =
  "select count(*)::int as found from pg_stat_activity where application_name like 'sallyport%'";
const STANDBY_STATE = "select state as found from pg_stat_replication";

Deno.test("R48: both instances follow a failover under load, and nothing acknowledged is lost", async () => {
  await using stack = new AsyncDisposableStack();
  const replicated = stack.use(await startReplicated());
  const { primary, standby } = replicated;
  const instances = await startTwoInstances(stack, databaseAt(replicated.url));
  const { tally, losses } = await underLoad(instances, LOAD, async (course) => {
    await moreAnswers(course);
    await primary.kill();
    course.grant();
    await standby.promote();
    const promotedAt = performance.now();
    await moreAnswers(course);
    await Promise.all(instances.urls().map(isReady));
    const first = await eventually("an event", () => course.follower.seen.find(({ at }) => at > promotedAt));
    console.log(
      `after the promotion: first event ${since(promotedAt, first.at)} s, both ready ${since(promotedAt)} s`,
    );

    await primary.follow(standby);
    await eventually("it replicates", async () => await ask(standby.url, STANDBY_STATE) === "streaming");
    await moreAnswers(course);
    await eventually("the flows' final events", () => finalEvents(course) === LOAD.flows);
    assert.equal(await ask(primary.url, OUR_CONNECTIONS), 0, "the former primary is not used");
  });
  assert.deepEqual(tally.wrong, []);
  assert.deepEqual(losses, { families: [], changes: [], events: [], flows: [] });
});

Deno.test("R48: a primary that becomes read-only is left for the promoted standby", async () => {
  await using replicated = await startReplicated();
  const { primary, standby } = replicated;
  await using app = await startApp({ database: databaseAt(replicated.url) });
  const { username } = await newPerson(app);
  await administer(primary.url, "alter system set default_transaction_read_only = on");
  await administer(primary.url, "select pg_reload_conf()");
  await eventually("it is refused", async () => (await signIn(app, username)).code === "UNAVAILABLE");
  await standby.promote();
  await eventually("a sign-in", async () => (await signIn(app, username)).__typename === "SignedIn");
  await eventually("no connection is left", async () => await ask(primary.url, OUR_CONNECTIONS) === 0);
  const sessions = `select count(*)::int as found from sessions join users on users.id = user_id
    where username = '${username}'`;
  assert.equal(await ask(replicated.urlOn(primary), sessions), 1);
  assert.equal(await ask(replicated.urlOn(standby), sessions), 2);
});

Deno.test("R48: a standby alone answers reads, and UNAVAILABLE for changes until it is promoted", async () => {
  await using replicated = await startReplicated();
  const { primary, standby } = replicated;
  const url = replicated.url.replace("read-write", "any");
  await using app = await startApp({ database: databaseAt(url) });
  const { username, accessToken } = await newPerson(app);
  await primary.kill();
  await eventually("it reads", async () => await viewerOf(app, accessToken).catch(() => null) === username);
  assert.equal((await signIn(app, username)).code, "UNAVAILABLE");
  assert.equal(await viewerOf(app, accessToken), username);
  await standby.promote();
  await eventually("a sign-in", async () => (await signIn(app, username)).__typename === "SignedIn");
});

function databaseAt(url: string): TestDatabase & { url: string } {
  return {
    kind: "postgres",
    url,
    open: (observe) => Promise.resolve(openPostgres({ url, maxConnections: 10 }, observe)),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}

async function isReady(url: string): Promise<void> {
  await eventually(`${url} is ready`, async () => {
    const answer = await fetch(`${url}/readyz`);
    await answer.body?.cancel();
    return answer.status === 200;
  });
}

async function moreAnswers({ tally }: Course): Promise<void> {
  const before = tally.right.length;
  await eventually("more correct answers", () => tally.right.length - before >= ENOUGH);
}

function finalEvents({ follower }: Course): number {
  return follower.seen.filter(({ type }) => /^flow\.(succeeded|failed)$/.test(type)).length;
}

function since(start: number, end = performance.now()): string {
  return ((end - start) / 1000).toFixed(1);
}
