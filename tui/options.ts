import { parseArgs } from "node:util";
import { findServer, FolderOutOfReach } from "../src/client/operator/running_server.ts";
import { type ScreenName, SCREENS } from "./terminal.ts";

export const USAGE = `deno task tui [options]

  --url URL        the server; else SALLYPORT_URL, or the one that runs on this folder
  --token TOKEN    an operator token; else SALLYPORT_TOKEN, or the one in .data/
  --screen NAME    where to begin: ${SCREENS.join(", ")}
  --read-only      without the keys that change or reveal anything
  --once           print the events there are, and end: with --screen events
  --json           with --once: an event a line, as JSON
`;

/**
 * What cannot be done, and what to do about it: printed as it is. Wrongly typed commands end with 2, the others with
 * 1.
 */
export class CannotStart extends Error {
  override readonly name = "CannotStart";
  constructor(message: string, readonly exitCode: 1 | 2 = 1) {
    super(message);
  }
}

export type Options = {
  url: string;
  token: string;
  screen: ScreenName;
  readOnly: boolean;
  once: boolean;
  json: boolean;
  help: boolean;
};

/** What was typed, and for the rest what the environment or this folder says. Throws `CannotStart`. */
export async function readOptions(args: string[]): Promise<Options> {
  const typed = parse(args);
  const screen = SCREENS.find((name) => name === typed.screen);
  if (!screen) throw new CannotStart(`There is no screen called ${typed.screen}\n\n${USAGE}`, 2);
  if ((typed.once && screen !== "events") || (typed.json && !typed.once)) {
    throw new CannotStart(`--once is for --screen events, and --json for --once\n\n${USAGE}`, 2);
  }
  const found = typed.help ? undefined : await find(typed.url);
  const url = found?.url;
  const token = typed.token ?? found?.token;
  if (!typed.help && !url) {
    throw new CannotStart("No server runs on this folder: start one with `deno task dev`, or give --url");
  }
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new CannotStart(`${url} is no URL of a server: it looks like http://127.0.0.1:4000`, 2);
  }
  if (!typed.help && !token) {
    throw new CannotStart(
      "There is no operator token: give --token or set SALLYPORT_TOKEN (`deno task sallyport operator create NAME`)",
    );
  }
  return {
    url: url ?? "",
    token: token ?? "",
    screen,
    readOnly: typed["read-only"],
    once: typed.once,
    json: typed.json,
    help: typed.help,
  };
}

async function find(url: string | undefined) {
  try {
    return await findServer(url);
  } catch (error) {
    if (!(error instanceof FolderOutOfReach)) throw error;
    throw new CannotStart(
      `${error.message}. Or name a server with --url and --token`,
    );
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        url: { type: "string" },
        token: { type: "string" },
        screen: { type: "string", default: "flows" },
        "read-only": { type: "boolean", default: false },
        once: { type: "boolean", default: false },
        json: { type: "boolean", default: false },
        help: { type: "boolean", default: false, short: "h" },
      },
    }).values;
  } catch (error) {
    throw new CannotStart(`${error instanceof Error ? error.message : error}\n\n${USAGE}`, 2);
  }
}
