/**
 * Tells whether `@grpc/grpc-js` is safe on this Deno, so that our own gRPC can go: runs its client, and ours for
 * comparison, against servers that `node:http2` on Deno 2.9.6 does not survive. Each client is a process of its own,
 * with limited time and memory. Needs Linux with glibc, for /proc and MALLOC_PERTURB_.
 */
import { fileURLToPath } from "node:url";
import { type Scenario, SCENARIOS } from "./scenarios.ts";
import { watch } from "./watch.ts";

const CLIENT = fileURLToPath(new URL("client.ts", import.meta.url));
/** More than a client's calls need, whose deadline is six seconds. */
const SECONDS = 10;
/** An ordinary client takes 60, on Node as well as on Deno. */
const MEBIBYTES = 110;

/** What went wrong; undefined when nothing did. Prints the result. */
async function run(
  kind: "grpc-js" | "own",
  { name, start, calls, env = {}, mebibytes = MEBIBYTES }: Scenario,
): Promise<string | undefined> {
  await using server = start();
  const args = ["run", "-A", CLIENT, kind, `${server.port}`, `${calls.length}`];
  const { trouble, peakMiB, output } = await watch(args, env, { seconds: SECONDS, mebibytes });
  const ended = output.trim().split("\n").map((status) => status === "0" ? "answered" : "failed");
  const wrong = trouble ?? (`${ended}` === `${calls}` ? undefined : `calls: ${ended}`);
  const result = wrong === undefined ? "pass" : `FAIL (${wrong})`;
  console.log(`${kind.padEnd(7)}  ${name.padEnd(36)}  ${result}, ${Math.round(peakMiB)} MiB`);
  return wrong;
}

const failed = { "grpc-js": 0, own: 0 };
for (const scenario of SCENARIOS) {
  for (const kind of ["grpc-js", "own"] as const) {
    if (await run(kind, scenario) !== undefined) failed[kind]++;
  }
}
if (failed.own > 0) {
  console.log("Our own client fails too: repair it, or the canary, before you believe this.");
  Deno.exitCode = 1;
} else if (failed["grpc-js"] > 0) {
  console.log(
    `Not yet: grpc-js on Deno ${Deno.version.deno} fails ${failed["grpc-js"]} of ${SCENARIOS.length}.`,
  );
} else {
  console.log(`It is time to go back to @grpc/grpc-js: it passes everything on Deno ${Deno.version.deno}.`);
}
