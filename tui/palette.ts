import { SCREEN_OF, type Subject } from "./places.ts";
import { MORE_SCREENS, type ScreenName, SCREENS, type Terminal } from "./terminal.ts";

const ALL_SCREENS: readonly ScreenName[] = [...SCREENS, ...MORE_SCREENS];

/** What the palette completes, beside earlier commands. */
const COMMANDS = [...ALL_SCREENS, "user ", "ip ", "why ", "help", "quit"];

/** The kind of an id, by its prefix. */
const KINDS: Record<string, Subject["kind"]> = { usr: "user", flw: "flow", crd: "credential" };

/** The newest earlier command that starts with `typed`, or the first command. Undefined if there is none. */
export function completion(typed: string, history: readonly string[]): string | undefined {
  if (!typed) return undefined;
  return [...history.toReversed(), ...COMMANDS].find((each) => each !== typed && each.startsWith(typed));
}

/** Asks for a command and runs it: `users`, `user ada`, `ip 203.0.113.7`, `why ada`, `flw_…`, `help`, `quit`. */
export async function runPalette(terminal: Terminal, help: () => void): Promise<void> {
  const { history } = terminal;
  const typed = await terminal.ask({ question: "Go to", danger: false, history, complete: completion });
  const command = typed?.trim();
  if (!command) return;
  history.push(command);
  const [word = "", ...more] = command.split(/\s+/);
  const rest = more.join(" ");
  const name = word.toLowerCase();
  if ("quit".startsWith(name)) return terminal.quit();
  if (name.length > 2 && "help".startsWith(name)) return help();
  if (name === "ip" && rest) return terminal.go("events", { filter: `ip:${rest}` });
  if (name === "why" && rest) return terminal.why(rest);
  if (openId(terminal, rest || command)) return;
  const screen = ALL_SCREENS.find((each) => each.startsWith(name));
  if (screen) terminal.go(screen, { filter: rest });
  else terminal.say(`Unknown screen: ${word}. There are ${ALL_SCREENS.join(", ")}`, "warn");
}

/** Opens the subject of an id. Returns false if it is not one. */
function openId(terminal: Terminal, id: string): boolean {
  const kind = KINDS[/^(usr|flw|crd)_[0-9a-z]{26}$/.exec(id)?.[1] ?? ""];
  if (kind) terminal.enter(SCREEN_OF[kind], { kind, id, label: id });
  return kind !== undefined;
}
