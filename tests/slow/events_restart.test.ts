import assert from "node:assert/strict";
import type { Client } from "../../src/client/operator/client.ts";
import type { Database } from "../../src/platform/db/database.ts";
import { newId } from "../../src/lib/ids.ts";
import { newPostgres } from "../support/databases.ts";
import { eventually, pause, within } from "../support/eventually.ts";
import { FollowEvents, nameOf, numbered, recordEach, START } from "../support/logged_events.ts";
import {
  makeOperatorToken,
  newRootSecret,
  type ServerProcess,
  startServer,
  temporaryFolder,
} from "../support/server_process.ts";

/** Events written one after the other, while servers are killed and restarted. */
const EVENTS = 2_000;
const KILLS = 2;

Deno.test("R50: a subscriber that resumes by cursor after kill -9 gets each event once, in order", async () => {
  await using database = await newPostgres();
  await using folder = await temporaryFolder();
  const token = await makeOperatorToken(database);
  // The test does not use Modal, so this address is unreachable.
  const env = {
    DATABASE_URL: database.url,
    SALLYPORT_SECRET: newRootSecret(),
    MODAL_SERVER_URL: "http://127.0.0.1:9",
  };
  const flowId = newId("flw");
  const names = numbered("", EVENTS);
  const seen: { name: string; cursor: string }[] = [];
  let server: ServerProcess | undefined = await startServer(folder.path, env);
  let done = false;

  const subscribing = (async () => {
    while (!done) {
      const client = server?.client(token);
      // Lost connections are expected.
      if (client) await follow(client, flowId, seen, () => seen.length === EVENTS).catch(() => {});
      done ||= seen.length === EVENTS;
      await pause(20);
    }
  })();
  const writing = writeSlowly(await database.open(), flowId, names);
  try {
    for (let kill = 1; kill <= KILLS; kill++) {
      const enough = kill * EVENTS / (KILLS + 2);
      await eventually(`${enough} events came`, () => seen.length >= enough, 30);
      await server.kill();
      server = undefined;
      const before = seen.length;
      server = await startServer(folder.path, env);
      await eventually("more came", () => seen.length > before);
    }
    await writing;
    await within("the rest", subscribing);
  } finally {
    done = true;
    await server?.[Symbol.asyncDispose]();
    await Promise.allSettled([subscribing, writing]);
  }
  assert.deepEqual(seen.map(({ name }) => name), names);
});

/** Appends the events after the last one in `seen`, until `enough`. Throws if the connection is lost. */
async function follow(
  client: Client,
  flowId: string,
  seen: { name: string; cursor: string }[],
  enough: () => boolean,
): Promise<void> {
  const after = seen.at(-1)?.cursor ?? START;
  for await (const { events: event } of client.subscribe(FollowEvents, { flowId, after })) {
    seen.push({ name: nameOf(event.data), cursor: event.cursor });
    if (enough()) return;
  }
}

/** Writes the names as events over several seconds, then closes the database. */
async function writeSlowly(database: Database, flowId: string, names: string[]): Promise<void> {
  try {
    for (let index = 0; index < names.length; index += 10) {
      await recordEach(database, flowId, names.slice(index, index + 10));
      await pause(20);
    }
  } finally {
    await database.close();
  }
}
