import { startGoogleEmulator } from "../../../src/emulators/google/google_emulator.ts";
import { serveCommands } from "./commands.ts";

const emulator = await startGoogleEmulator();

const commands = {
  /** The variables of a server that takes this for Google. */
  env: () => ({
    GOOGLE_CLIENT_ID: emulator.client.clientId,
    GOOGLE_CLIENT_SECRET: emulator.client.clientSecret,
    BENCH_GOOGLE: JSON.stringify(emulator.endpoints),
  }),
  /** An ID token for each of these addresses, in their order. */
  idTokens: (emails: string[]) => emails.map((email) => emulator.issueIdToken({ email })),
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
