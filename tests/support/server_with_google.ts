import { createApp } from "../../src/app.ts";
import { readConfig } from "../../src/config.ts";
import { openPostgres } from "../../src/platform/db/database.ts";
import type { GoogleEndpoints } from "../../src/providers/google/api/google_endpoints.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";

// A server in its own process, with an emulated Google in another one, which the configuration does not allow.
const [endpoints = ""] = Deno.args;
const config = readConfig((name) => Deno.env.get(name));
const { DATABASE_URL: url, SALLYPORT_SECRET: secret } = config;
if (!url || !secret) throw new TypeError("DATABASE_URL and SALLYPORT_SECRET must be set");
const app = await createApp(config, {
  openDatabase: (observe) =>
    Promise.resolve(openPostgres({ url: url.reveal(), maxConnections: 10 }, observe)),
  keys: createKeyring(secret),
  googleEndpoints: JSON.parse(endpoints) as GoogleEndpoints,
});
await app.work();
const { addr } = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  (request, info) => app.fetch(request, info),
);
// With a list of allowed addresses, the process cannot open another listener from here on.
const { state } = await Deno.permissions.revoke({ name: "net", host: "127.0.0.1:0" });
console.log(JSON.stringify({ home: `http://127.0.0.1:${addr.port}`, mayListen: state === "granted" }));
