import { createModalClient } from "./src/modal/modal_client.ts";
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const N = Number(Deno.args[0]), hold = Number(Deno.args[1]), spread = Number(Deno.args[2] ?? 0);
const c = createModalClient({ serverUrl: "http://127.0.0.1:7790" });
const f =
  (await c.createTokenFlow({ utmSource: "", localhostPort: 0, nextUrl: "", expiresInSeconds: 0 })).value;
let done = 0, bad = 0;
const all = [];
for (let i = 0; i < N; i++) {
  all.push(
    c.waitForTokenFlow({ ...f, timeoutSeconds: hold }).then(() => done++, (e) => {
      bad++;
      if (bad < 3) console.log(e.message);
    }),
  );
  if (spread) await sleep(spread);
}
await Promise.all(all);
console.log("ended", done, bad);
c.close();
