import { startModalEmulator } from "../../../src/emulators/modal/modal_emulator.ts";
import { serveCommands } from "./commands.ts";

const emulator = startModalEmulator({ maxStreams: 100 });

const commands = {
  url: () => emulator.url,
  /** How many polls are being held. */
  held: () => emulator.callsUnderWay(),
  /** Approves these flows, `perSecond` of them, and says when each (ms since the epoch). */
  approve: async ({ ids, perSecond }: { ids: string[]; perSecond: number }) => {
    const times: number[] = [];
    for (const id of ids) {
      times.push(Date.now());
      const failure = emulator.approve(id);
      if (failure) throw new Error(`Cannot approve ${id}: ${failure}`);
      await new Promise((resolve) => setTimeout(resolve, 1000 / perSecond));
    }
    return times;
  },
};

export type ModalEmulatorProcess = typeof commands;

await serveCommands(commands);
await emulator.close();
