import { hash, verify } from "@node-rs/argon2";
import { serveCommands } from "./commands.ts";
import { loopDelay, watchLoop } from "./loop_delay.ts";

/** Verifies passwords and does nothing else, so many in flight: as many sign-ins as the hash alone would allow. */
const PASSWORD = "Wl4-quiet-Harbour-91";
const hashed = await hash(PASSWORD, { memoryCost: 19 * 1024, timeCost: 2, parallelism: 1 });
if (!hashed.startsWith("$argon2id$v=19$m=19456,t=2,p=1$")) throw new Error(`Another hash: ${hashed}`);

const commands = {
  /** How many are verified a second. */
  verify: async ({ seconds, atOnce }: { seconds: number; atOnce: number }) => {
    const begun = performance.now();
    let verified = 0;
    const worker = async () => {
      for (; performance.now() - begun < seconds * 1000; verified++) {
        if (!await verify(hashed, PASSWORD)) throw new Error("Refused the right password");
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return verified / ((performance.now() - begun) / 1000);
  },
  watchLoop,
  loopDelay,
};

export type BareHash = typeof commands;

await serveCommands(commands);
Deno.exit();
