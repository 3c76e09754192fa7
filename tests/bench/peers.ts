import { Process, type Program } from "./process.ts";

/** Where Better Auth runs. */
export const PEERS = ["node", "deno"] as const;
export type Peer = (typeof PEERS)[number];

/** What figures call them. */
export const PEER_NAMES: Record<Peer, string> = {
  node: "Better Auth's on Node",
  deno: "Better Auth's on Deno",
};

const FOLDER = new URL("peers/", import.meta.url).pathname;

/** What `peers/serve.js` answers. */
export type PeerCommands = {
  port: () => number;
  /** The codes that were mailed since this was asked last, by address. */
  codes: () => Record<string, string>;
  firstRefreshTokens: (people: number) => { clientId: string; tokens: string[] };
};

export type PeerOptions = {
  databaseUrl: string;
  hash: "argon2id" | "trivial";
  /** With the provider that gives out refresh tokens, which everything else need not pay for. */
  oauth: boolean;
  /** With the plugins that mail codes and let guests in. */
  codes: boolean;
};

/** Starts Better Auth; `installPeers` first. */
export function startPeer(
  peer: Peer,
  { databaseUrl, hash, oauth, codes }: PeerOptions,
): Process<PeerCommands> {
  return new Process<PeerCommands>(PROGRAMS[peer], {
    DATABASE_URL: databaseUrl,
    DATABASE_CONNECTIONS: "10",
    BENCH_HASH: hash,
    BENCH_OAUTH: oauth ? "yes" : "",
    BENCH_CODES: codes ? "yes" : "",
  });
}

const PROGRAMS: Record<Peer, Program> = {
  node: { name: "peers/node.js", command: "node", args: [`${FOLDER}node.js`] },
  deno: {
    name: "peers/deno.js",
    command: Deno.execPath(),
    args: [
      "run",
      "-A",
      "--unstable-no-legacy-abort",
      "--no-config",
      "--no-lock",
      "--node-modules-dir=manual",
      `${FOLDER}deno.js`,
    ],
  },
};

/** Installs what `peers/package-lock.json` names, unless it is there. */
export async function installPeers(): Promise<void> {
  if (await modified("package-lock.json") < await modified("node_modules/.package-lock.json")) return;
  const { success, stderr } = await new Deno.Command("npm", {
    args: ["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    cwd: FOLDER,
    stdin: "null",
  }).output();
  if (!success) throw new Error(`Cannot install the peers: ${new TextDecoder().decode(stderr)}`);
}

/** When a file of the peers' was written last; long ago when there is none. */
async function modified(path: string): Promise<number> {
  const file = await Deno.stat(`${FOLDER}${path}`).catch(() => undefined);
  return file?.mtime?.getTime() ?? 0;
}

/** What the peers are made of. */
export async function peerVersions(): Promise<Record<string, string>> {
  const { dependencies } = JSON.parse(await Deno.readTextFile(`${FOLDER}package.json`)) as {
    dependencies: Record<string, string>;
  };
  const node = await new Deno.Command("node", { args: ["--version"] }).output().catch(() => undefined);
  return { node: node ? new TextDecoder().decode(node.stdout).trim() : "none", ...dependencies };
}
