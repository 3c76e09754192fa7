import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { answered, KEYS, mount } from "../support/tui.ts";

/** Sets the title, clears the screen, moves the cursor, reverses text, stacks marks; wide and very long. */
const HOSTILE =
  "\x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x9b5A\u202egnp.exe\u2066 עברית 漢字漢字 \u{1F469}\u200d\u{1F4BB}" +
  "e\u0301".repeat(20) + "\n\r\t\b" + "漢".repeat(10_000);

/** A server without input checks: the user ada has a name and a user agent with control sequences. */
function withHostileNames(app: TestApp) {
  return async (request: Request) => {
    const response = await answered(app, request);
    if (!response.headers.get("content-type")?.includes("json")) return response;
    const text = (await response.text())
      .replaceAll('"ada"', JSON.stringify(HOSTILE))
      .replaceAll('"userAgent":null', `"userAgent":${JSON.stringify(HOSTILE)}`);
    return new Response(text, response);
  };
}

onPostgres(
  "hostile names and user agents of 10 kB cannot control the screen, also after it was resized to 20 x 5",
  async (database) => {
    await using app = await startApp({ database });
    await newPerson(app, "ada");
    await using tui = await mount(app, { fetch: withHostileNames(app) });
    const titles: string[] = [];
    tui.terminal.onTitleChange((title) => titles.push(title));
    for (const key of ["3", "4"]) {
      tui.resize(120, 36);
      await tui.press(key);
      const before = await tui.shows("␛]0;pwned", "gnp.exe", "漢字", "q quit");
      assertHarmless(before);
      tui.resize(20, 5);
      await tui.shows("The terminal is");
      tui.resize(80, 24);
      await tui.shows("␛]0;pwned", "1 Flows", "q quit");
      await tui.press(KEYS.enter);
      assertHarmless(await tui.shows("Esc back to the list", "gnp.exe", "q quit"));
    }
    assert.deepEqual(titles, []);
    await tui.press("D");
    assertHarmless(await tui.shows("End all sessions of ␛]0;pwned"));
    await tui.press(KEYS.esc);
  },
);

/** Asserts that header and tabs are in their places, and that there are no control characters. */
function assertHarmless(text: string): void {
  const lines = text.split("\n");
  assert.match(lines[0] ?? "", /^ Sallyport 0\.1\.0/);
  assert.match(lines[1] ?? "", /^ 1 Flows/);
  assert.doesNotMatch(text.replaceAll("\n", ""), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
}
