import { parseArgs } from "node:util";
import { findServer, FolderOutOfReach } from "../src/client/operator/running_server.ts";
import { clientVariable, dataFolder } from "../src/client/operator/variables.ts";
import { type ScreenName, SCREENS } from "./terminal.ts";
import { type ThemeName, THEMES } from "./theme.ts";

export const USAGE = `deno task tui [options]

  --url URL        the server's address; default: SALLYPORT_URL, or the server that runs in this folder
  --token TOKEN    an operator token; default: SALLYPORT_TOKEN, or the token in .data/
  --screen NAME    the first screen: ${SCREENS.join(", ")}
  --read-only      hide the keys that change or reveal anything
  --once           print the events and exit; needs --screen events
  --json           with --once: print each event as one line of JSON
`;

/** The terminal cannot start. The message is printed unchanged. The exit code is 2 for wrong arguments, otherwise 1. */
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
  theme: ThemeName;
  readOnly: boolean;
  once: boolean;
  json: boolean;
  help: boolean;
};

/** Reads options from the arguments, then the environment, then the data folder. Throws `CannotStart`. */
export async function readOptions(args: string[]): Promise<Options> {
  const given = parse(args);
  const screen = SCREENS.find((name) => name === given.screen);
  if (!screen) throw new CannotStart(`Unknown screen: ${given.screen}\n\n${USAGE}`, 2);
  if ((given.once && screen !== "events") || (given.json && !given.once)) {
    throw new CannotStart(`--once needs --screen events, and --json needs --once\n\n${USAGE}`, 2);
  }
  const theme = readTheme();
  const found = given.help ? undefined : await find(given.url);
  const url = found?.url;
  const token = given.token ?? found?.token;
  if (!given.help && !url) {
    throw new CannotStart(noServer());
  }
  if (url !== undefined && !/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
    throw new CannotStart(`Invalid server URL: ${url}. Example: http://127.0.0.1:4000`, 2);
  }
  if (!given.help && !token) {
    throw new CannotStart(
      "No operator token. Create one with `deno task sallyport operator create NAME`, then give --token or set SALLYPORT_TOKEN",
    );
  }
  return {
    url: url ?? "",
    token: token ?? "",
    screen,
    theme,
    readOnly: given["read-only"],
    once: given.once,
    json: given.json,
    help: given.help,
  };
}

/** `SALLYPORT_TUI_THEME`. Throws `CannotStart`. */
function readTheme(): ThemeName {
  const named = clientVariable("SALLYPORT_TUI_THEME") ?? "auto";
  const theme = THEMES.find((name) => name === named);
  if (!theme) throw new CannotStart(`SALLYPORT_TUI_THEME must be ${THEMES.join(", ")}, not ${named}`, 2);
  return theme;
}

function noServer(): string {
  return `No server runs in ${dataFolder()}. Start one with \`deno task dev\`, or give --url. ` +
    `If it runs in another folder: ${commandFor("/path/of/the/folder")}`;
}

function commandFor(folder: string): string {
  return `DATA_DIR=${folder} deno task tui`;
}

async function find(url: string | undefined) {
  try {
    return await findServer(url);
  } catch (error) {
    if (!(error instanceof FolderOutOfReach)) throw error;
    throw new CannotStart(
      `${error.message}: ${commandFor(dataFolder())}\nOr name a server with --url and --token`,
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
