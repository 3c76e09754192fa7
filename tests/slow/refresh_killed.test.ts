import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import { eventually, pause, times, within } from "../support/eventually.ts";
import { newPerson, type Person, refresh, signedIn, viewerOf } from "../support/people.ts";
import { newPostgres } from "../support/databases.ts";
import { type Server, startServer, workspace } from "../support/processes.ts";
import { newRootSecret } from "../support/server_process.ts";

/** Servers that are killed; all that R7 asks for when there is time. */
const KILLS = Deno.env.get("SALLYPORT_TEST_LONG") ? 200 : 20;

/** Clients that refresh at the moment of each kill. */
const FAMILIES = 12;

/** One refresh takes a few milliseconds: they begin, and the kill falls, somewhere in this time. */
const AROUND_MS = 20;

/** Every so often nobody is left, and the clients wait for the server to come back. */
const ALONE_EVERY = 5;

type Family = Pick<Person, "accessToken" | "refreshToken" | "sessionId">;

/** A server's door, for the helpers that take an app. */
const door = ({ url }: Server): { fetch: Fetch } => ({
  fetch: (request) => fetch(new Request(`${url}/graphql`, request)),
});

const randomPause = () => pause(Math.random() * AROUND_MS);

/**
 * Refreshes at `first`, which may die meanwhile; then, as a client does, with the same token at `heir`. Keeps what
 * came. Returns whether the answer was lost.
 */
async function refreshOnce(
  family: Family,
  first: Server,
  heir: Promise<Server>,
): Promise<boolean> {
  await randomPause();
  let lost = false;
  const answer = await refresh(door(first), family.refreshToken).catch(async (error) => {
    // A refusal is no lost answer.
    if (!(error instanceof TypeError)) throw error;
    lost = true;
    return await refresh(door(await heir), family.refreshToken);
  });
  assert.equal(answer.__typename, "SignedIn", `lost: ${lost}, ${JSON.stringify(answer)}`);
  Object.assign(family, answer.tokens);
  return lost;
}

Deno.test(`R7: ${KILLS} servers killed between rotation and answer leave no family without a token`, async () => {
  await using database = await newPostgres();
  await using stack = new AsyncDisposableStack();
  // Nothing here needs Modal, so nobody is at home there.
  const env = {
    DATABASE_URL: database.url,
    SALLYPORT_SECRET: newRootSecret(),
    MODAL_SERVER_URL: "http://127.0.0.1:9",
  };
  const places = [stack.use(await workspace()), stack.use(await workspace())] as const;
  let started = 0;
  const start = async () => {
    const place = places[started++ % 2 === 0 ? 0 : 1];
    await Deno.remove(`${place.dir}/server.json`).catch(() => {});
    return stack.use(await startServer("start", place, env));
  };
  let [active, spare] = [await start(), await start()];
  const { username } = await newPerson(door(active));
  const families: Family[] = await times(FAMILIES, () => signedIn(door(active), username));
  let lost = 0;
  for (let kill = 1; kill <= KILLS; kill++) {
    const [dying, survivor] = [active, spare];
    const restarted = Promise.withResolvers<Server>();
    const heir = kill % ALONE_EVERY === 0 ? restarted.promise : Promise.resolve(survivor);
    const refreshing = families.map((family) => refreshOnce(family, dying, heir));
    await randomPause();
    dying.kill("SIGKILL");
    await dying.finished;
    [active, spare] = [survivor, await start()];
    restarted.resolve(spare);
    const outcomes = await within("every client has gone on", Promise.all(refreshing), 10);
    lost += outcomes.filter((each) => each).length;
  }
  for (const { accessToken } of families) assert.equal(await viewerOf(door(active), accessToken), username);

  const { db, close } = await database.open();
  stack.defer(close);
  await eventually(
    "all is in the log",
    async () => (await db.selectFrom("unsequenced_events").select("id").execute()).length === 0,
  );
  const rows = await db.selectFrom("events").select(["type", (eb) => eb.fn.countAll().as("count")])
    .where("type", "like", "session.%").groupBy("type").execute();
  const count = Object.fromEntries(rows.map(({ type, count }) => [type, Number(count)]));
  const repeated = count["session.refresh_repeated"] ?? 0;
  assert.deepEqual(count, {
    "session.issued": FAMILIES + 1,
    // One rotation for each that a client asked for, whoever answered it: none was done twice, none is missing.
    "session.refreshed": FAMILIES * KILLS,
    "session.refresh_repeated": repeated,
  });
  // Both sides of the rotation were hit: answers were lost before it, and after.
  assert.ok(
    repeated > 0 && repeated < lost,
    `${lost} answers were lost, ${repeated} of them after the rotation`,
  );
});
