import { startGoogleEmulator } from "../../../src/emulators/google/google_emulator.ts";
import { serveCommands } from "./commands.ts";

const emulator = await startGoogleEmulator();

const commands = {
  /** What a server needs to know of it. */
  facts: () => ({ client: emulator.client, endpoints: emulator.endpoints }),
  /** Refresh tokens of so many people. */
  grants: async (count: number) => {
    const tokens: string[] = [];
    for (let n = 0; n < count; n++) {
      tokens.push((await emulator.grant(`bench${n}@gmail.test`, ["openid", "email"])).refreshToken);
    }
    return tokens;
  },
  calls: () => emulator.calls,
};

export type GoogleEmulatorProcess = typeof commands;

await serveCommands(commands);
await emulator.close();
