import { sql } from "kysely";
import { createApp } from "../../../src/app.ts";
import { readConfig } from "../../../src/config.ts";
import { openPostgres } from "../../../src/platform/db/database.ts";
import { SYSTEM } from "../../../src/events/events.ts";
import { storeGoogleGrant } from "../../../src/providers/google/credential/google_credential.ts";
import type { GoogleEndpoints } from "../../../src/providers/google/api/google_endpoints.ts";
import { RateLimited } from "../../../src/lib/errors.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { inTransaction } from "../../../src/events/transaction.ts";
import { createKeyring } from "../../../src/platform/keys/root_key.ts";
import { createOperator } from "../../../src/operations/operators/operators.ts";
import { collectGarbage, serveCommands } from "./commands.ts";
import { loopDelay, watchLoop } from "./loop_delay.ts";
import { trivialHash } from "./trivial_hash.ts";

/** The server under test, wired as by `serve`, on Postgres. The environment configures it. */
const config = readConfig((name) => Deno.env.get(name));
const secret = config.SALLYPORT_SECRET;
const url = config.DATABASE_URL;
if (!secret || !url) throw new TypeError("Needs DATABASE_URL and SALLYPORT_SECRET");

/** Endpoints of the Google emulator, if it runs. */
const emulated = Deno.env.get("BENCH_GOOGLE");

/** Password hashes in flight, if not the default. */
const hashesAtOnce = Deno.env.get("BENCH_HASHES");

const app = await createApp(config, {
  openDatabase: (observe) =>
    Promise.resolve(
      openPostgres({ url: url.reveal(), maxConnections: config.DATABASE_CONNECTIONS }, observe),
    ),
  keys: createKeyring(secret),
  ...(emulated && { googleEndpoints: JSON.parse(emulated) as GoogleEndpoints }),
  ...(Deno.env.get("BENCH_HASH") === "trivial" && { passwordHash: trivialHash }),
  ...(hashesAtOnce && { hashesAtOnce: Number(hashesAtOnce) }),
});
await app.work();
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request, info) => app.fetch(request, info),
);

let refusing: ReturnType<typeof setInterval> | undefined;
let noted = 0;

/** Made once, because the refused request makes it, not the recording. */
const LIMITED = new RateLimited("sign in with a password", 900, "LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES");

/** Notes a refused sign-in of one of `subjects` names, from one of many networks. */
function refuse(subjects: number): void {
  noted++;
  app.services.refusals.note({
    operation: "signInWithPassword",
    signsIn: true,
    error: LIMITED,
    caller: { kind: "nobody", ipAddress: `198.51.100.${noted % 251}`, userAgent: "bench" },
    identifier: `refused${noted % subjects}`,
  });
}

const commands = {
  /** Records refusals at this rate from now on. */
  refuse: ({ perSecond, subjects }: { perSecond: number; subjects: number }) => {
    clearInterval(refusing);
    if (perSecond === 0) return;
    refusing = setInterval(() => {
      for (let count = 0; count < perSecond / 100; count++) refuse(subjects);
    }, 10);
  },
  /** Writes the counts so far. Returns the refusals noted and counted, and the most events of a subject in a minute. */
  refusalsWritten: async () => {
    await app.services.refusals.close();
    await app.services.eventLog.settled();
    const { rows } = await sql<{ subject: string; minute: string; events: number; counted: number }>`
      select data->>'subject' as subject, date_trunc('minute', at) as minute, count(*)::integer as events,
        sum(coalesce((data->>'count')::integer, 1))::integer as counted
      from events where type = 'sign_in.refused' group by 1, 2`.execute(app.services.db);
    return {
      noted,
      counted: rows.reduce((sum, row) => sum + row.counted, 0),
      mostOfASubject: Math.max(...rows.map(({ events }) => events)),
    };
  },
  port: () => server.addr.port,
  /** Creates an operator with the highest role and returns its token. */
  token: async () => {
    const operator = { name: `bench-${crypto.randomUUID().slice(0, 8)}`, role: "REVEAL", days: 1 } as const;
    return (await createOperator(app.services, SYSTEM, operator)).token.reveal();
  },
  /** Stores Google grants as a finished authorization does. */
  storeGrants: async (grants: readonly { ownerId: string | null; refreshToken: string }[]) => {
    await inParallel(
      grants,
      8,
      ({ ownerId, refreshToken }) =>
        inTransaction(app.services, (tx) =>
          storeGoogleGrant(tx, SYSTEM, {
            ownerId,
            account: { subject: crypto.randomUUID(), email: "user@gmail.test" },
            tokens: {
              accessToken: new Secret(`ya29.${"x".repeat(200)}`),
              refreshToken: new Secret(refreshToken),
              expiresAt: new Date(Date.now() + 3_599_000),
            },
            scopes: ["openid", "email"],
          })),
    );
  },
  waiting: () => app.services.server.waitingFlows(),
  collectGarbage,
  watchLoop,
  loopDelay,
};

export type Sallyport = typeof commands;

await serveCommands(commands);
await app.drain();
await server.shutdown();
await app.close();
