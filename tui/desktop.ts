import { openBrowser } from "../src/client/operator/open_browser.ts";
import { FolderOutOfReach } from "../src/client/operator/running_server.ts";
import type { Desktop } from "./api.ts";

/** The machine that the terminal runs on. Files go to `dataDir`, the only folder that it may write. */
export function thisDesktop(write: (sequence: string) => void, dataDir: string): Desktop {
  return {
    open: (url) => openBrowser(url),
    copy: (text) => write(clipboardSequence(text)),
    save: async (name, text) => {
      await Deno.mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((error) => {
        throw error instanceof Deno.errors.NotCapable ? new FolderOutOfReach(dataDir) : error;
      });
      const path = `${dataDir}/${name}`;
      await Deno.remove(path).catch(() => {});
      await Deno.writeTextFile(path, text, { mode: 0o600, createNew: true });
      return path;
    },
  };
}

/** OSC 52: the terminal emulator copies this to its clipboard, also over ssh. Base64 has no control characters. */
function clipboardSequence(text: string): string {
  return `\x1b]52;c;${new TextEncoder().encode(text).toBase64()}\x07`;
}
