import { VARIABLES } from "../../src/config.ts";
import { type AuthRequests, OURS, peerRequests, people } from "./auth_requests.ts";
import { type Figure, type Kit, median } from "./bench.ts";
import { serverEnv, startDatabases } from "./database.ts";
import { installPeers, type Peer, PEER_NAMES, type PeerCommands, PEERS, startPeer } from "./peers.ts";
import { Process } from "./process.ts";
import type { HttpClients, Load, Report } from "./processes/http_clients.ts";
import type { Sallyport } from "./processes/sallyport.ts";

export const CALLERS = 16;

/** Our server, and the peer on both of its runtimes. */
export const SIDES = ["ours", ...PEERS] as const;
export type Side = (typeof SIDES)[number];

/** Our limits stay on, and are never reached by callers who all have one address. */
const LIMITS_OUT_OF_THE_WAY = Object.fromEntries(
  Object.keys(VARIABLES).filter((name) => name.startsWith("LIMIT_")).map((name) => [name, "2000000000"])
    .concat([["SESSIONS_PER_USER", "1000000"]]),
);

export type AuthScene = {
  ours: Process<Sallyport>;
  peers: Record<Peer, Process<PeerCommands>>;
  clients: Process<HttpClients>;
  ports: Record<Side, number>;
  /** The URL of our database. */
  database: string;
};

export type SceneOptions = {
  hash: "argon2id" | "trivial";
  /** The peers' provider of refresh tokens. */
  oauth?: boolean;
  /** The peers' mailed codes and guests. */
  codes?: boolean;
  /** Our server's further variables. */
  env?: Record<string, string>;
};

/** The three servers on databases of one cluster, with the same hash. */
export async function openAuthScene(
  { stack, say }: Kit,
  { hash, oauth = false, codes = false, env = {} }: SceneOptions,
): Promise<AuthScene> {
  say("installing and starting the peers");
  await installPeers();
  const urls = await startDatabases(stack, PEERS);
  const ours = stack.use(new Process<Sallyport>("sallyport.ts", { ...ourEnv(urls.ours, hash), ...env }));
  const peerOf = (peer: Peer) => stack.use(startPeer(peer, { databaseUrl: urls[peer], hash, oauth, codes }));
  const peers = { node: peerOf("node"), deno: peerOf("deno") };
  const clients = stack.use(new Process<HttpClients>("http_clients.ts"));
  const ports = {
    ours: await ours.ask("port"),
    node: await peers.node.ask("port"),
    deno: await peers.deno.ask("port"),
  };
  return { ours, peers, clients, ports, database: urls.ours };
}

export function ourEnv(databaseUrl: string, hash: "argon2id" | "trivial"): Record<string, string> {
  const connections = { DATABASE_CONNECTIONS: "10" };
  return serverEnv(databaseUrl, { ...LIMITS_OUT_OF_THE_WAY, ...connections, BENCH_HASH: hash });
}

export function requestsOf({ ports }: Pick<AuthScene, "ports">, side: Side): AuthRequests {
  return side === "ours" ? OURS : peerRequests(ports[side]);
}

/** One load on one side; every wrong answer is a failure. */
export async function load(
  { clients, ports }: AuthScene,
  { fail }: Kit,
  side: Side,
  what: keyof AuthRequests,
  more: Pick<Load, "until"> & Partial<Load>,
): Promise<Report> {
  const request = requestsOf({ ports }, side)[what];
  const report = await clients.ask("load", {
    port: ports[side],
    request,
    crew: side,
    pace: { callers: CALLERS },
    ...more,
  });
  report.failures.forEach((failure) => fail(`${side}, ${what}: ${failure}`));
  return report;
}

/** Makes the side's crew anew: so many people who are registered, and signed in by `signIn` if that is asked. */
export async function enroll(scene: AuthScene, kit: Kit, side: Side, prefix: string, count: number) {
  await scene.clients.ask("muster", { crew: side, people: people(prefix, count) });
  await load(scene, kit, side, "register", { until: { requests: count } });
}

/**
 * Lets contestants work in turns, and again, and returns what each got in each round. Each is given the round, from
 * 1; round 0 only warms up.
 */
export async function inRounds<N extends string>(
  { say }: Kit,
  rounds: number,
  contestants: Record<N, (round: number) => Promise<number>>,
): Promise<Record<N, number[]>> {
  const entries = Object.entries<(round: number) => Promise<number>>(contestants);
  const results = Object.fromEntries(entries.map(([name]) => [name, []])) as unknown as Record<N, number[]>;
  for (let round = 0; round <= rounds; round++) {
    for (const [name, work] of entries) {
      say(`round ${round} of ${rounds}: ${name}`);
      const result = await work(round);
      if (round > 0) results[name as N].push(result);
    }
  }
  return results;
}

/** How many times as many of `what` a second ours are as the peers'; without a target for orientation. */
export function timesThePeers(
  what: string,
  rates: Record<Side, number[]>,
  targets: Partial<Record<Peer, number>>,
): Figure[] {
  const { ours, node, deno } = rates;
  const detail = { ours, node, deno };
  return [
    ...PEERS.map((peer): Figure => ({
      name: `${what}/s, of ${PEER_NAMES[peer]}`,
      value: median(ours) / median(rates[peer]),
      unit: "times",
      ...atLeast(targets[peer]),
      detail,
    })),
    { name: `${what}/s`, value: median(ours), unit: "/s" },
  ];
}

function atLeast(value: number | undefined): Pick<Figure, "target"> {
  return value === undefined ? {} : { target: { atLeast: value } };
}
