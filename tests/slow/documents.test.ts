import { startCluster } from "../support/postgres.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { follow, freshClone, type Reader } from "../support/reader.ts";
import { administer, databaseUrl } from "../support/templates.ts";
import { temporaryFolder } from "../support/server_process.ts";

let clone: ReturnType<typeof freshClone> | undefined;

Deno.test.afterAll(async () => {
  await (await clone)?.[Symbol.asyncDispose]();
});

type Place = { stack: AsyncDisposableStack };

function followed(page: string, reader: (place: Place) => Reader | Promise<Reader> = () => ({})): void {
  Deno.test(`${page} can be followed in a fresh clone, with the output it shows`, async () => {
    await using stack = new AsyncDisposableStack();
    const { path } = await (clone ??= freshClone());
    await follow(path, page, await reader({ stack }));
  });
}

/** Replaces the ports of a page with free ones. */
function ports(...named: string[]): Record<string, string> {
  return Object.fromEntries(named.map((port) => [port, `${portOutsideEphemeral()}`]));
}

/** An empty database on its own cluster. */
async function emptyDatabase({ stack }: Place): Promise<string> {
  const { url } = stack.use(await startCluster());
  await administer(url, "create database sallyport");
  return databaseUrl(url, "sallyport");
}

followed("README.md", () => ({ firstStart: true }));
followed("docs/signing-in.md");
followed("docs/connected-accounts.md", () => ({ replaced: ports("4100", "4101") }));
followed("docs/clients.md", () => ({ replaced: ports("8000", "3000") }));
followed("docs/terminal.md");
followed("docs/configuration.md", async ({ stack }) => ({
  replaced: { "/var/lib/sallyport": `${stack.use(await temporaryFolder()).path}/data` },
}));
followed("docs/deploy.md", async (place) => ({
  replaced: {
    "postgres://sallyport:password@db.internal/sallyport": await emptyDatabase(place),
    ...ports("4001", "4002", "4003"),
  },
}));
followed("docs/operations.md", async (place) => ({
  replaced: { "/srv/backup": place.stack.use(await temporaryFolder()).path },
  env: { DATABASE_URL: await emptyDatabase(place), SALLYPORT_SECRET: "0".repeat(64) },
  before: `mkdir -p .data
deno task migrate
export SALLYPORT_TOKEN=$(deno task -q sallyport operator create ada --role reveal | head -n 1)`,
}));
