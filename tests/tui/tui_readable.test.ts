import assert from "node:assert/strict";
import { themeFor } from "../../tui/theme.ts";
import { dayTime } from "../../tui/time.ts";
import { SCREENS, TITLES } from "../../tui/terminal.ts";
import { startApp } from "../support/app.ts";
import { requestCode } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { KEYS, mount } from "../support/tui.ts";

onPglite("at 60 × 15 every tab and the hints of help and quit fit, on every screen", async (database) => {
  await using app = await startApp({ database });
  await newPerson(app, "ada");
  await using tui = await mount(app, { columns: 60, rows: 15 });
  for (const [index, screen] of SCREENS.entries()) {
    await tui.press(String(index + 1));
    const text = await tui.shows(TITLES[screen], "● live", /\? help\s+q quit/);
    const tabs = text.split("\n")[1] ?? "";
    for (const [at, each] of SCREENS.entries()) assert.ok(tabs.includes(`${at + 1}${TITLES[each]}`), tabs);
    const lines = text.split("\n");
    for (const line of [...lines.slice(0, 2), ...lines.slice(-2)]) assert.doesNotMatch(line, /…$/);
  }
  await tui.press("3");
  await tui.shows("ada");
  await tui.press("s");
  await tui.shows(/1 2 3.*Users › ada › Sessions/);
});

onPglite(
  "a screen reader gets the header with the list, or with the detail",
  async (database) => {
    await using app = await startApp({ database });
    await newPerson(app, "ada");
    await newPerson(app, "grace");
    await using tui = await mount(app, { start: "users", screenReader: true });
    const text = await tui.shows("Sallyport 0.1.0", "3 Users", "(selected)  grace", "ada", "q quit");
    assert.doesNotMatch(text, /│/);
    await tui.press(KEYS.down);
    await tui.shows("(selected)  ada");
    await tui.press(KEYS.enter);
    await tui.shows("Sallyport 0.1.0", "registered", "Esc back to the list");
  },
);

onPglite("a key without a binding says so, and r says when it has reloaded", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app);
  await tui.shows("No flows yet");
  await tui.press("z");
  await tui.shows("z does nothing here. ? shows every key");
  await tui.press("r");
  await tui.shows("Reloaded");
  await tui.press("5", "r");
  await tui.shows("This screen is live: it needs no reload");
});

onPglite("on an empty list, the keys of a row ask for a row", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app);
  await tui.shows("No flows yet");
  await tui.press("?");
  await tui.shows(
    /d +cancel +asks first · role OPERATE · No flow selected/,
    /o +open page +No flow selected/,
  );
  await tui.hides("This flow has ended");
});

onPglite("an event of another day shows its date", async (database) => {
  await using app = await startApp({ database });
  await requestCode(app, "ada@example.test");
  const tomorrow = app.clock.now().getTime() + 86_400_000;
  await using tui = await mount(app, { start: "events", now: () => tomorrow });
  await tui.shows(/ \d\d-\d\d \d\d:\d\d:\d\d +email_code/);
});

onPglite(
  "m: the wheel moves the selection, a click chooses a row, and quitting ends it",
  async (database) => {
    await using app = await startApp({ database });
    for (const name of ["ada", "bob", "eve"]) await newPerson(app, name);
    await using tui = await mount(app, { start: "users" });
    await tui.shows("1 of 3");
    const [wheelDown, wheelUp] = ["\x1b[<65;5;9M", "\x1b[<64;5;9M"];
    await tui.press("m");
    await tui.shows("a click chooses a row");
    assert.equal(tui.terminal.modes.mouseTrackingMode, "vt200");
    await tui.press(wheelDown + wheelDown);
    await tui.shows("3 of 3");
    await tui.press(wheelUp);
    await tui.shows("2 of 3");
    const lineOf = (text: string) => tui.screen().split("\n").findIndex((line) => line.includes(text)) + 1;
    const clickAt = (row: number, column = 5) =>
      tui.press(`\x1b[<0;${column};${row}M\x1b[<0;${column};${row}m`);
    await clickAt(lineOf(" ada "));
    await tui.shows(/│ ada/, "3 of 3");
    for (const [row, column] of [[1, 5], [4, 5], [20, 5], [5, 110]]) await clickAt(row ?? 0, column);
    await tui.press("?", ...Array(20).fill(wheelDown));
    await tui.shows("leave the mouse to the terminal");
    await clickAt(lineOf("Keys") + 4);
    await tui.press(KEYS.esc);
    await tui.shows("3 of 3");
    await tui.press("m");
    await tui.shows("selects text again");
    assert.equal(tui.terminal.modes.mouseTrackingMode, "none");
    await tui.press("m");
    await tui.shows("a click chooses a row");
    await tui.press("q");
    await tui.left;
    assert.equal(tui.terminal.modes.mouseTrackingMode, "none");
  },
);

Deno.test("times have a date unless it is today", () => {
  const now = Date.parse("2026-11-28T09:00:00Z");
  assert.equal(dayTime("2026-11-28T08:15:30Z", now), "08:15:30");
  assert.equal(dayTime("2026-11-27T08:15:30Z", now), "11-27 08:15:30");
});

Deno.test("every colour has enough contrast on the backgrounds of its theme", () => {
  const cases = [
    { theme: themeFor("light"), backgrounds: [1], least: 6 },
    { theme: themeFor("auto"), backgrounds: [0, 1], least: 4.5 },
    { theme: themeFor("auto", { colorFgBg: "0;15" }), backgrounds: [1], least: 6 },
  ];
  for (const { theme, backgrounds, least } of cases) {
    for (const { color } of Object.values(theme)) {
      for (const background of color ? backgrounds : []) {
        assert.ok(contrast(luminance(color ?? ""), background) >= least, `${color} on ${background}`);
      }
    }
  }
  assert.equal(themeFor("auto", { colorFgBg: "15;default;0" }), themeFor("dark"));
});

/** WCAG 2.2, relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: number, other: number): number {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}
