import type { Database } from "../../src/platform/db/database.ts";
import { fromCursor } from "../../src/events/cursor.ts";
import type { Fetch } from "../../src/http/router.ts";
import { eventually, pause } from "./eventually.ts";
import type { LogFollower } from "./log_follower.ts";
import type { Acknowledged } from "./mixed_load.ts";
import { refresh, VIEWER } from "./people.ts";
import { post } from "./wire.ts";

type Door = { fetch: Fetch };

/** Differences between acknowledged changes and the stored state. Empty if nothing is wrong. */
export type Losses = {
  /** Token families whose newest token is invalid, or whose number of rotations differs from the acknowledged one. */
  families: string[];
  /** Acknowledged sign-ins, guest sessions and sign-outs that are not stored. */
  changes: string[];
  /** Events that the subscriber missed, or received twice or in another order. */
  events: string[];
  /** Flows that Modal granted but that did not succeed. */
  flows: string[];
};

/** Compares acknowledged changes with the stored state, after the load and with every instance running. */
export async function reckon(
  door: Door,
  database: Database,
  known: Acknowledged,
  follower: LogFollower,
  grantedFlows: readonly string[],
): Promise<Losses> {
  const families: string[] = [];
  for (const family of known.families) {
    const answer = await refresh(door, family.refreshToken);
    if (answer.__typename !== "SignedIn") families.push(`${family.sessionId}: ${JSON.stringify(answer)}`);
    else if (await viewerId(door, answer.tokens.accessToken) !== family.id) {
      families.push(`${family.sessionId}: its token belongs to another user`);
    }
  }
  const log = await wholeLog(database, follower.from);
  await eventually("the subscriber has the last event", () => follower.seen.at(-1)?.id === log.at(-1)?.id)
    .catch(() => {});
  // Duplicates would have arrived by then.
  await pause(200);
  return {
    families: [...families, ...miscounted(known, log)],
    changes: [...unlogged(known, log), ...await lostGuests(door, known)],
    events: differences(log.map(({ id }) => id), follower.seen.map(({ id }) => id)),
    flows: grantedFlows.filter((id) =>
      !log.some((event) => event.type === "flow.succeeded" && event.flow_id === id)
    ),
  };
}

type Logged = { id: string; type: string; session_id: string | null; flow_id: string | null };

/** Returns the log after a cursor, once it contains everything committed. */
async function wholeLog({ db }: Database, from: string): Promise<Logged[]> {
  await eventually(
    "all is in the log",
    async () => (await db.selectFrom("unsequenced_events").select("id").execute()).length === 0,
  );
  return await db.selectFrom("events").select(["id", "type", "session_id", "flow_id"])
    .where("position", ">", fromCursor(from).position).orderBy("position").execute();
}

/** Expects one rotation for each acknowledged refresh, and one for the check itself. */
function miscounted({ families }: Acknowledged, log: Logged[]): string[] {
  const rotations = Map.groupBy(
    log.filter(({ type }) => type === "session.refreshed"),
    ({ session_id }) => session_id,
  );
  return families.flatMap(({ sessionId, refreshes }) => {
    const logged = rotations.get(sessionId)?.length ?? 0;
    return logged === refreshes + 1 ? [] : [`${sessionId}: ${refreshes + 1} refreshes, ${logged} in the log`];
  });
}

function unlogged({ issued, ended }: Acknowledged, log: Logged[]): string[] {
  const missing = (type: string, ids: string[]) => {
    const there = new Set(log.filter((event) => event.type === type).map(({ session_id }) => session_id));
    return ids.filter((id) => !there.has(id)).map((id) => `no ${type} of ${id}`);
  };
  return [...missing("session.issued", issued), ...missing("session.revoked", ended)];
}

async function lostGuests(door: Door, { guests }: Acknowledged): Promise<string[]> {
  const lost: string[] = [];
  for (const { id, accessToken } of guests) {
    if (await viewerId(door, accessToken) !== id) lost.push(`no guest ${id}`);
  }
  return lost;
}

async function viewerId(door: Door, token: string): Promise<string | undefined> {
  const { data } = await post(door, VIEWER, { token });
  return (data?.["viewer"] as { id: string } | null)?.id;
}

/** Lists missed, repeated and unknown events, and a different order. */
function differences(logged: readonly string[], seen: readonly string[]): string[] {
  const [inLog, came] = [new Set(logged), new Set<string>()];
  const found: string[] = [];
  for (const id of seen) {
    if (came.has(id)) found.push(`twice: ${id}`);
    if (!inLog.has(id)) found.push(`not in the log: ${id}`);
    came.add(id);
  }
  found.push(...logged.filter((id) => !came.has(id)).map((id) => `missing: ${id}`));
  return found.length > 0 || logged.every((id, n) => id === seen[n]) ? found : ["out of order"];
}
