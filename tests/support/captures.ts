import { movableClock, startApp, type TestApp } from "./app.ts";
import { newCredential } from "./credentials.ts";
import { endDatabases, newPglite, type TestDatabase } from "./databases.ts";
import { requestCode } from "./codes.ts";
import { startFlow } from "./modal_flows.ts";
import { from } from "./callers.ts";
import { newPerson, signIn } from "./people.ts";
import { KEYS, mount, type Mounted } from "./tui.ts";

/** The page that shows the screens. */
export const PAGE = new URL("../../docs/terminal.md", import.meta.url);

/**
 * The screens of the documentation and the keys that open each. `shows` also waits for a key hint of the
 * selected row, because Ink draws those last.
 */
export const SHOTS: Record<string, (tui: Mounted, app: TestApp) => Promise<string>> = {
  flows: async (tui) => {
    await tui.press("1");
    return await tui.shows("● WAITING", "poll 1 of 10", "Code  ", "W wait again");
  },
  tokens: async (tui) => {
    await tui.press("2");
    return await tui.shows("HEALTHY", "refreshable", "R reveal");
  },
  users: async (tui) => {
    await tui.press("3");
    await tui.shows("grace");
    await tui.press("/", "ad", KEYS.enter);
    return await tui.shows("Users (2)", "PASSWORD TOKENS", "Esc clear filter");
  },
  sessions: async (tui) => {
    await tui.press("4");
    return await tui.shows("1 of 3", "last seen", "u user");
  },
  events: async (tui) => {
    await tui.press("5");
    return await tui.shows("following", "session.issued", "cursor", "Space pause");
  },
  mail: async (tui) => {
    await tui.press("6");
    return await tui.shows("✓ SENT", "Read it in the emulated inbox", "o open inbox", "f flow");
  },
  health: async (tui) => {
    await tui.press("7");
    return await tui.shows("✓ mail", "latency", "y copy as JSON");
  },
  why: async (tui, app) => {
    for (let count = 0; count < 11; count++) {
      await signIn(from(app, "203.0.113.7"), "grace", "wrong password");
    }
    await app.services.refusals.written();
    await tui.press(":", ..."why grace", KEYS.enter);
    return await tui.shows("1. LIMIT_REACHED", "The proof", "L clear limits", "u user");
  },
  attack: async (tui) => {
    await tui.press(":", ..."attack", KEYS.enter);
    await tui.shows(/account +grace/, /limit +grace/);
    return await tui.shows("The newest", "⏎ events");
  },
};

/** The present screens, by name. */
export async function captures(database: TestDatabase): Promise<Map<string, string>> {
  await using app = await startApp({ database, clock: movableClock(), switches: { code: "shown" } });
  const operator = await app.operator();
  await newCredential(app, operator, 30 * 86_400);
  for (const name of ["ada", "grace", "adele"]) await newPerson(app, name);
  await requestCode(app, "ada@example.com");
  await startFlow(operator);
  const shown = new Map<string, string>();
  for (const [name, take] of Object.entries(SHOTS)) {
    await using tui = await mount(app, { columns: 110, rows: 26 });
    await tui.shows("● live");
    const text = await take(tui, app);
    shown.set(name, text.split("\n").map((line) => line.trimEnd()).join("\n").trimEnd());
  }
  return shown;
}

/** The screens that a page shows now, by name, in its order. */
export function captured(page: string): Map<string, string> {
  return new Map([...page.matchAll(PLACES)].map(([, name = "", text = ""]) => [name, text]));
}

/** The key hints of a capture: the lines below the message line. */
export function hintsOf(capture: string): string {
  return capture.slice(capture.lastIndexOf("\n\n")).trim();
}

/** Returns the page with these captures in their places. */
export function withCaptures(page: string, shown: ReadonlyMap<string, string>): string {
  return page.replaceAll(
    PLACES,
    (_place, name: string) => `<!-- capture: ${name} -->\n\n\`\`\`text\n${shown.get(name) ?? ""}\n\`\`\``,
  );
}

const PLACES = /<!-- capture: (\w+) -->\n\n```text\n([^`]*?)\n?```/g;

if (import.meta.main) {
  {
    await using database = await newPglite();
    await Deno.writeTextFile(PAGE, withCaptures(await Deno.readTextFile(PAGE), await captures(database)));
  }
  await endDatabases();
  Deno.exit(0);
}
