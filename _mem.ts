import { createModalClient } from "./src/modal/modal_client.ts";
const mem = () => {
  (globalThis as { gc?: () => void }).gc?.();
  (globalThis as { gc?: () => void }).gc?.();
  const m = Deno.memoryUsage();
  return { rss: Math.round(m.rss / 1024), heap: Math.round((m.heapUsed + m.external) / 1024) };
};
const sleep = (ms: number) => new Promise((r) => setTimeout(r, ms));
const N = Number(Deno.args[0]), slow = Deno.args[1] === "slow", hold = Number(Deno.args[2] ?? 40);
const c = createModalClient({ serverUrl: "http://127.0.0.1:7790" });
const flows = [];
for (let i = 0; i < 2 * N; i++) {
  flows.push(
    (await c.createTokenFlow({ utmSource: "", localhostPort: 0, nextUrl: "", expiresInSeconds: 0 })).value,
  );
}
await sleep(1000);
let done = 0, bad = 0;
let a = mem();
console.log("before", JSON.stringify(a));
const base = a;
let i = 0;
const at = performance.now();
for (const to of [N / 2, N, 2 * N]) {
  const from = i;
  for (; i < to; i++) {
    const f = flows[i]!;
    c.waitForTokenFlow({ ...f, timeoutSeconds: hold }).then(() => done++, (e) => {
      bad++;
      if (bad < 3) console.log(e.message);
    });
    if (slow && i % 20 === 0) await sleep(20);
  }
  await sleep(2000);
  const b = mem();
  console.log(
    to,
    JSON.stringify(b),
    "KiB/flow: rss",
    ((b.rss - a.rss) / (to - from)).toFixed(1),
    "heap+ext",
    ((b.heap - a.heap) / (to - from)).toFixed(1),
    "total rss/flow",
    ((b.rss - base.rss) / to).toFixed(1),
    "done",
    done,
    bad,
  );
  a = b;
}
console.log("opened in", performance.now() - at);
while (done + bad < i) await sleep(100);
await sleep(1000);
console.log("all ended", done, bad, JSON.stringify(mem()));
c.close();
