import { randomBytes } from "../../../src/lib/crypto.ts";
import { openPostgres } from "../../../src/platform/db/database.ts";
import { startEventLog } from "../../../src/events/event_log.ts";
import { recordEvent, SYSTEM } from "../../../src/events/events.ts";
import { lockFlow } from "../../../src/flows/flow_store.ts";
import { changeFlow } from "../../../src/flows/flows.ts";
import { createFlow } from "../../../src/flows/new_flow.ts";
import { inTransaction } from "../../../src/events/transaction.ts";
import { serveCommands } from "./commands.ts";

/*
 * Another instance, as far as the log can tell: it changes flows through the domain's own functions, one
 * transaction a change, and hints when it has committed.
 */

const url = Deno.env.get("DATABASE_URL") ?? "";
const database = openPostgres({ url, maxConnections: 12 });
const now = () => new Date();
const eventLog = await startEventLog(database, now);
const services = { db: database.db, now, random: randomBytes, wakeLog: eventLog.wake };

/** Transactions under way at a time. */
const WRITERS = 8;

/** Runs `work(0)`, `work(1)`, … at `rate` a second for `seconds`, or as fast as they finish. */
async function paced(rate: number, seconds: number, work: (n: number) => Promise<void>) {
  const begun = performance.now();
  const total = Math.round(rate * seconds);
  let begunWork = 0;
  const writer = async () => {
    while (begunWork < total) {
      const n = begunWork++;
      const early = begun + n / rate * 1000 - performance.now();
      if (early > 0) await new Promise((resolve) => setTimeout(resolve, early));
      if (performance.now() - begun > seconds * 1000) return;
      await work(n);
    }
  };
  await Promise.all(Array.from({ length: WRITERS }, writer));
  return (performance.now() - begun) / 1000;
}

/** Marks, and when the transaction that wrote each was about to commit (ms since the epoch). */
export type Written = { ids: string[]; marks: string[]; times: number[]; seconds: number };

const commands = {
  createFlows: async (count: number) => {
    const ids: string[] = [];
    for (let n = 0; n < count; n++) {
      const detail = {
        tokenFlowId: `tf-${n}`,
        webUrl: `https://modal.com/token-flow/tf-${n}`,
        attempt: 0,
        maxAttempts: 10,
        pollSeconds: 40,
        workspace: null,
      };
      const input = { kind: "MODAL_TOKEN", userId: null, lifetimeSeconds: 3600, detail } as const;
      ids.push((await inTransaction(services, (tx) => createFlow(tx, SYSTEM, input))).id);
    }
    await eventLog.settled();
    return ids;
  },

  /** Changes the flows in turn, one transaction each; `attempt` is the mark and begins at `from`. */
  changeFlows: async ({ ids, from, rate, seconds }: {
    ids: string[];
    from: number;
    rate: number;
    seconds: number;
  }): Promise<Written> => {
    const written: Written = { ids: [], marks: [], times: [], seconds: 0 };
    written.seconds = await paced(rate, seconds, async (n) => {
      const id = ids[n % ids.length] ?? "";
      const attempt = from + Math.floor(n / ids.length);
      const time = await inTransaction(services, async (tx) => {
        const flow = await lockFlow(tx.db, id);
        if (!flow) throw new Error(`No flow ${id}`);
        await changeFlow(tx, SYSTEM, flow, {
          detail: { attempt },
          steps: [{ name: "waiting", message: `Waiting for approval: ${attempt}`, data: { attempt } }],
        });
        return Date.now();
      });
      written.ids.push(id);
      written.marks.push(`${attempt}`);
      written.times.push(time);
    });
    return written;
  },

  /** Appends events about a flow; their `step`, the mark, counts from `from`. */
  appendEvents: async ({ flowId, from, rate, seconds }: {
    flowId: string;
    from: number;
    rate: number;
    seconds: number;
  }): Promise<Written> => {
    const written: Written = { ids: [], marks: [], times: [], seconds: 0 };
    written.seconds = await paced(rate, seconds, async (n) => {
      const step = `${from + n}`;
      const time = await inTransaction(services, (tx) => {
        recordEvent(tx, "flow.changed", SYSTEM, { flowId }, { step });
        return Date.now();
      });
      written.ids.push(flowId);
      written.marks.push(step);
      written.times.push(time);
    });
    return written;
  },
};

export type FlowWriter = typeof commands;

await serveCommands(commands);
await eventLog.close();
await database.close();
