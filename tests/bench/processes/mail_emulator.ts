import { startMailEmulator } from "../../../src/emulators/mail/mail_emulator.ts";
import { serveCommands } from "./commands.ts";

const emulator = await startMailEmulator();

let codes: Promise<[address: string, code: string][]> = Promise.resolve([]);

async function codeTo(address: string): Promise<[string, string]> {
  const { subject } = await emulator.next(address);
  const code = /^\d{6}\b/.exec(subject)?.[0];
  if (!code) throw new Error(`No code for ${address}: ${subject}`);
  return [address, code];
}

const commands = {
  /** For SMTP_URL. */
  url: () => emulator.url,
  /** Begins to wait for a code to each of these addresses. */
  await: (addresses: string[]) => {
    codes = Promise.all(addresses.map(codeTo));
    codes.catch(() => {});
  },
  /** The codes that were waited for, by address, once all of them are there. */
  codes: async (): Promise<Record<string, string>> => Object.fromEntries(await codes),
};

export type MailEmulatorProcess = typeof commands;

await serveCommands(commands);
await emulator.close();
