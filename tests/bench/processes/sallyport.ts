import { createApp } from "../../../src/app.ts";
import { readConfig } from "../../../src/config.ts";
import { openPostgres } from "../../../src/platform/db/database.ts";
import { SYSTEM } from "../../../src/events/events.ts";
import { storeGoogleGrant } from "../../../src/providers/google/credential/google_credential.ts";
import type { GoogleEndpoints } from "../../../src/providers/google/api/google_endpoints.ts";
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

const app = await createApp(config, {
  openDatabase: (observe) =>
    Promise.resolve(
      openPostgres({ url: url.reveal(), maxConnections: config.DATABASE_CONNECTIONS }, observe),
    ),
  keys: createKeyring(secret),
  ...(emulated && { googleEndpoints: JSON.parse(emulated) as GoogleEndpoints }),
  ...(Deno.env.get("BENCH_HASH") === "trivial" && { passwordHash: trivialHash }),
});
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen() {} },
  (request, info) => app.fetch(request, info),
);

const commands = {
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
