import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { openPostgres } from "../../src/db/database.ts";
import type { GoogleEndpoints } from "../../src/google/google_endpoints.ts";
import { createKeyring } from "../../src/keys/root_key.ts";

// A server in a process of its own whose Google is another process's: no configuration leads there.
const [endpoints = ""] = Deno.args;
const config = readConfig((name) => Deno.env.get(name));
const { DATABASE_URL: url, SALLYPORT_SECRET: secret } = config;
if (!url || !secret) throw new TypeError("DATABASE_URL and SALLYPORT_SECRET must be set");
const app = await createApp(config, {
  openDatabase: (observe) =>
    Promise.resolve(openPostgres({ url: url.reveal(), maxConnections: 10 }, observe)),
  keys: await createKeyring(secret),
  googleEndpoints: JSON.parse(endpoints) as GoogleEndpoints,
});
Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(`http://127.0.0.1:${port}`),
}, (request, info) => app.fetch(request, info));
