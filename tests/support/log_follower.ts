import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import { pause } from "./eventually.ts";
import { START } from "./logged_events.ts";

const FollowLog = graphql(`
  subscription FollowLog($after: String) { events(after: $after) { id cursor type flowId } }
`);
const Head = graphql(`query Head { events(last: 1) { nodes { cursor } } }`);

/** A subscriber to the whole log that resumes from its cursor after each disconnection. */
export type LogFollower = {
  /** The cursor that it started after. */
  from: string;
  /** The received events with their times (`performance.now()`). */
  seen: { id: string; type: string; flowId: string | null; at: number }[];
  stop(): Promise<void>;
};

/** Follows the log from its present end, until stopped. */
export async function followLog(client: Client): Promise<LogFollower> {
  const { events } = await client.request(Head, {});
  const from = events.nodes[0]?.cursor ?? START;
  const stopping = new AbortController();
  const follower: LogFollower = {
    from,
    seen: [],
    stop: async () => {
      stopping.abort();
      await following;
    },
  };
  const follow = async () => {
    for (let after = from; !stopping.signal.aborted; await pause(50)) {
      try {
        for await (const { events: event } of client.subscribe(FollowLog, { after }, stopping.signal)) {
          const { cursor, ...facts } = event;
          follower.seen.push({ ...facts, at: performance.now() });
          after = cursor;
        }
      } catch {
        // Resumes from its cursor, possibly on another instance.
      }
    }
  };
  const following = follow();
  return follower;
}
