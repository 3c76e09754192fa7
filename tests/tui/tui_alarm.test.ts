import assert from "node:assert/strict";
import { refusedForNow } from "../../src/emulators/mail/switches.ts";
import { startApp } from "../support/app.ts";
import { requestCode } from "../support/codes.ts";
import { newCredential, verify } from "../support/credentials.ts";
import { onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { register } from "../support/people.ts";
import { KEYS, mount } from "../support/tui.ts";

onPglite(
  "the header of every screen shows a failed check beside live, and ! opens its cause",
  async (database) => {
    await using app = await startApp({ database, mailPauseSeconds: 3600 });
    await using tui = await mount(app);
    await tui.shows("● live", "No flows yet");
    await tui.press("!");
    await tui.shows("No check fails");
    app.inbox.switches.faults = [refusedForNow(1)];
    await requestCode(app, "ada@example.test");
    for (const key of ["1", "2", "3", "4", "5", "6", "7"]) {
      await tui.press(key);
      await tui.shows(
        "✗ mail queue  ● live",
        "mail queue: 1 mail waits for another attempt, after up to 1",
        "! cause",
      );
    }
    await tui.press("2", "!");
    await tui.shows("Tokens › Mail", "/ retrying", "! RETRYING", "ada@example.test");
    await tui.press(KEYS.esc);
    await tui.press(KEYS.esc);
    await tui.hides("› Mail");
    await tui.press("6", "W");
    await tui.shows("✓ SENT");
    await tui.hides("✗ mail queue", "mail queue: 1");
  },
);

onPglite("with several failed checks, ! goes from cause to cause", async (database) => {
  await using app = await startApp({ database, mailPauseSeconds: 3600 });
  const operator = await app.operator();
  const { id, tokenId } = await newCredential(app, operator);
  app.modal.revokeToken(tokenId);
  await verify(operator, id);
  app.inbox.switches.faults = [refusedForNow(1)];
  await requestCode(app, "ada@example.test");
  await times(60, () => register(app, { username: "not a name", password: "x" }));
  await using tui = await mount(app, { columns: 160 });
  await tui.shows("✗ refusals, mail queue, credentials  ● live");
  tui.resize(80, 24);
  await tui.shows("✗ refusals +2  ● live");
  tui.resize(60, 15);
  await tui.shows("✗ 3  ● live");
  tui.resize(160, 36);
  await tui.press("!");
  await tui.shows("Flows › Attack", /refused in 15 min/);
  await tui.press("!");
  await tui.shows("Flows › Mail", "/ retrying");
  await tui.press("!");
  await tui.shows("Flows › Tokens", "REAUTHORIZATION_REQUIRED");
  await tui.press("!");
  await tui.shows("Flows › Attack");
  await tui.press(KEYS.esc);
  await tui.hides("› Attack");
});

onPglite("Enter on a check shows its whole text, its series and its changes", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { start: "health", columns: 80, rows: 40 });
  await tui.shows("✓ refusals");
  await times(60, () => register(app, { username: "not a name", password: "x" }));
  await tui.shows("Health  ✗ 1 failing", "✗ refusals");
  await tui.press("/", ..."refusals", KEYS.enter);
  await tui.shows("1 of 1");
  await tui.press(KEYS.enter);
  const text = await tui.shows(
    "60 of 6",
    "which reason?",
    "Changes since this terminal started",
    "Five minutes",
  );
  assert.match(text, /refusals +[▁▂▃▄▅▆▇█]+ 0\.2 avg, [\d.]+ max \/s/);
  assert.match(
    text,
    /\d\d:\d\d:\d\d ✗ \d+ of \d+ requests refused[^]*\d\d:\d\d:\d\d ✓ 0 of \d+ requests refused/,
  );
});
