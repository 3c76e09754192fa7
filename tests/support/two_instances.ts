import { createClient } from "../../src/client/operator/client.ts";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { createBalancer } from "./balancer.ts";
import type { TestDatabase } from "./databases.ts";
import { eventually, times } from "./eventually.ts";
import { followLog, type LogFollower } from "./log_follower.ts";
import { type Crew, MIXED_LOAD_LIMITS, startMixedLoad, type Tally } from "./mixed_load.ts";
import { startFlow } from "./modal_flows.ts";
import { type Losses, reckon } from "./reckoning.ts";
import { makeOperatorToken, newRootSecret, startServer, temporaryFolder } from "./server_process.ts";

/** Two server processes on one database behind a balancer, with an emulated Modal. */
export type TwoInstances = Awaited<ReturnType<typeof startTwoInstances>>;

/** The load and the servers during an incident. */
export type Course = {
  tally: Tally;
  follower: LogFollower;
  /** Approves the waiting flows at Modal. */
  grant(): void;
};

export type Outcome = Course & { flows: string[]; losses: Losses };

export async function startTwoInstances(
  stack: AsyncDisposableStack,
  database: Pick<TestDatabase, "open"> & { url: string },
  more: Record<string, string> = {},
) {
  const modal = stack.use(startModalEmulator());
  const env = {
    DATABASE_URL: database.url,
    SALLYPORT_SECRET: newRootSecret(),
    MODAL_SERVER_URL: modal.url,
    LOG_LEVEL: "warning",
    ...MIXED_LOAD_LIMITS,
    ...more,
  };
  const start = async () => stack.use(await startServer(stack.use(await temporaryFolder()).path, env));
  const servers = [await start(), await start()];
  const balancer = stack.use(createBalancer(servers.map(({ url }) => url)));
  const token = await makeOperatorToken(database);
  return {
    database,
    modal,
    balancer,
    client: createClient({ url: "http://balancer.test", token, fetch: balancer.fetch }),
    urls: () => servers.map(({ url }) => url),
    pids: () => servers.map(({ pid }) => pid),
    /** kill -9 of the first. */
    killOne: () => servers[0]?.kill(),
    /** Starts a replacement of the first. */
    replaceOne: async () => {
      servers[0] = await start();
      balancer.use(servers.map(({ url }) => url));
    },
  };
}

/**
 * Runs `course` under load, with a subscriber to the whole log and with flows that wait for Modal. Then compares
 * acknowledged changes with the stored state.
 */
export async function underLoad(
  { database, modal, balancer, client }: TwoInstances,
  { crew, flows: count }: { crew: Crew; flows: number },
  course: (course: Course) => Promise<void>,
): Promise<Outcome> {
  const opened = await database.open();
  const follower = await followLog(client);
  try {
    const waiting = await times(count, () => startFlow(client));
    await eventually("the flows wait", () => modal.callsUnderWay() === count);
    const load = await startMixedLoad(balancer, crew);
    const grant = () => {
      for (const { tokenFlowId } of waiting) modal.approve(tokenFlowId);
    };
    const flows = waiting.map(({ id }) => id);
    await course({ tally: load.tally, follower, grant });
    await load.stop();
    const losses = await reckon(balancer, opened, load, follower, flows);
    return { tally: load.tally, follower, grant, flows, losses };
  } finally {
    await follower.stop();
    await opened.close();
  }
}
