import assert from "node:assert/strict";
import type { Kysely } from "kysely";
import type { Fetch } from "../../src/http/router.ts";
import type { Tables } from "../../src/platform/db/tables.ts";
import { eventually, pause, times, within } from "../support/eventually.ts";
import { newPerson, type Person, refresh, signedIn, viewerOf } from "../support/people.ts";
import { newPostgres } from "../support/databases.ts";
import { type Server, startServer, workspace } from "../support/processes.ts";
import { newRootSecret } from "../support/server_process.ts";

/** The number of killed servers. The long run has as many as R7 requires. */
const KILLS = Deno.env.get("SALLYPORT_TEST_LONG") ? 200 : 20;

/** Further servers are killed, up to this number, if no kill came between rotation and answer. */
const MOST_KILLS = 3 * KILLS;

/** Clients that refresh at the moment of each kill. */
const FAMILIES = 12;

/** A refresh takes a few milliseconds. The refreshes and the kill start at random within this time. */
const AROUND_MS = 20;

/** In every fifth round the clients go to a server that has just started. */
const FRESH_EVERY = 5;

type Family = Pick<Person, "accessToken" | "refreshToken" | "sessionId">;

/** A server's `fetch`, for helpers that take an app. */
const door = ({ url }: Server): { fetch: Fetch } => ({
  fetch: (request) => fetch(new Request(`${url}/graphql`, request)),
});

const randomPause = () => pause(Math.random() * AROUND_MS);

/**
 * Refreshes at `first`, which may be killed. If the answer is lost, refreshes with the same token at `heir`, as a
 * client does. Stores the new tokens in `family`. Returns whether the answer was lost.
 */
async function refreshOnce(
  family: Family,
  first: Server,
  heir: Server,
): Promise<boolean> {
  await randomPause();
  let lost = false;
  const answer = await refresh(door(first), family.refreshToken).catch(async (error) => {
    // An error answer is not a lost answer.
    if (!(error instanceof TypeError)) throw error;
    lost = true;
    return await refresh(door(heir), family.refreshToken);
  });
  assert.equal(answer.__typename, "SignedIn", `lost: ${lost}, ${JSON.stringify(answer)}`);
  Object.assign(family, answer.tokens);
  return lost;
}

/** The number of repeated refreshes so far. */
async function repeatsIn(db: Kysely<Tables>): Promise<number> {
  const of = (table: "events" | "unsequenced_events") =>
    db.selectFrom(table).select("id").where("type", "=", "session.refresh_repeated").execute();
  return (await of("events")).length + (await of("unsequenced_events")).length;
}

Deno.test(`R7: ${KILLS} servers killed between rotation and answer lose no token family`, async () => {
  await using database = await newPostgres();
  await using stack = new AsyncDisposableStack();
  // The test does not use Modal, so this address is unreachable.
  const env = {
    DATABASE_URL: database.url,
    SALLYPORT_SECRET: newRootSecret(),
    MODAL_SERVER_URL: "http://127.0.0.1:9",
  };
  const places = [
    stack.use(await workspace()),
    stack.use(await workspace()),
    stack.use(await workspace()),
  ] as const;
  let started = 0;
  const start = async () => {
    const place = places[started++ % 3] ?? places[0];
    await Deno.remove(`${place.dir}/server.json`).catch(() => {});
    return stack.use(await startServer("start", place, env));
  };
  let [active, spare] = [await start(), await start()];
  const { username } = await newPerson(door(active));
  const families: Family[] = await times(FAMILIES, () => signedIn(door(active), username));
  const { db, close } = await database.open();
  stack.defer(close);
  let lost = 0;
  let kills = 0;
  // On a busy machine all of the first kills may come before the rotation.
  while (kills < KILLS || (kills < MOST_KILLS && await repeatsIn(db) === 0)) {
    const kill = ++kills;
    const [dying, survivor] = [active, spare];
    // Started before the kill: a refresh may be repeated for ten seconds, and a start can take longer on a busy machine.
    const fresh = await start();
    const heir = kill % FRESH_EVERY === 0 ? fresh : survivor;
    const refreshing = families.map((family) => refreshOnce(family, dying, heir));
    await randomPause();
    dying.kill("SIGKILL");
    await dying.finished;
    [active, spare] = [survivor, fresh];
    const outcomes = await within("every client has refreshed", Promise.all(refreshing));
    lost += outcomes.filter((each) => each).length;
  }
  for (const { accessToken } of families) assert.equal(await viewerOf(door(active), accessToken), username);

  await eventually(
    "every event has a position",
    async () => (await db.selectFrom("unsequenced_events").select("id").execute()).length === 0,
  );
  const rows = await db.selectFrom("events").select(["type", (eb) => eb.fn.countAll().as("count")])
    .where("type", "like", "session.%").groupBy("type").execute();
  const count = Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]));
  const repeated = count["session.refresh_repeated"] ?? 0;
  assert.deepEqual(count, {
    "session.issued": FAMILIES + 1,
    // Exactly one rotation per requested refresh, none repeated and none missing.
    "session.refreshed": FAMILIES * kills,
    "session.refresh_repeated": repeated,
  });
  // Kills happened both before and after the rotation.
  assert.ok(
    repeated > 0 && repeated < lost,
    `${lost} answers were lost, ${repeated} of them after the rotation`,
  );
});
