import assert from "node:assert/strict";
import { startApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";
import { startFlow } from "./support/modal_flows.ts";
import { KEYS, mount } from "./support/tui.ts";

onEachDatabase(
  "the dashboard starts a Modal flow, shows where to approve it, and sees it succeed",
  async (database) => {
    await using app = await startApp({ database, switches: { code: "shown" } });
    await using tui = await mount(app);
    await tui.shows("Sallyport", "● live", "There is no flow yet: n starts one");
    await tui.press("n");
    await tui.shows("Source");
    await tui.press("dashboard", KEYS.enter);
    await tui.shows("life in seconds");
    await tui.press(KEYS.enter);
    const shown = await tui.shows(
      "● WAITING",
      "✓ 1 Client ready",
      "✓ 2 Flow created",
      "● 3 Waiting",
      "Its code",
      "█",
    );
    const url = /https?:\/\/\S+/.exec(shown.slice(shown.indexOf("Approve it")))?.[0] ?? "";
    await tui.press("o", "y");
    await tui.shows("Copied the page's URL");
    assert.ok(tui.desktop.copied[0]?.startsWith(url.slice(0, 30)));
    assert.deepEqual(tui.desktop.opened, tui.desktop.copied);
    await fetch(`${tui.desktop.copied[0]}/approve`, { method: "POST", redirect: "manual" }).then((r) =>
      r.body?.cancel()
    );
    await tui.shows("✓ SUCCEEDED", "✓ 4 Tokens received", "and verified", "HEALTHY");
  },
);

onEachDatabase("what failed stands there with what to do about it", async (database) => {
  await using app = await startApp({ database, env: { MODAL_SERVER_URL: "http://127.0.0.1:9" } });
  await using tui = await mount(app);
  await tui.shows("There is no flow yet");
  await tui.press("n", KEYS.enter, KEYS.enter);
  await tui.shows("✗ FAILED", "(PROVIDER_UNAVAILABLE)", "→ ");
  await tui.press("c");
  await tui.shows("This flow has ended");
});

onEachDatabase("a flow that timed out is waited for again, and cancelled after asking", async (database) => {
  await using app = await startApp({
    database,
    env: { MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "1" },
  });
  const operator = await app.operator();
  const { id } = await startFlow(operator);
  await using tui = await mount(app);
  await tui.shows("! TIMED_OUT", "w waits again", "→ Approve in the browser, then wait again");
  await tui.press("w");
  await tui.shows("Waiting again");
  await tui.shows("waiting_again");
  await tui.press("c");
  await tui.shows(`Cancel the flow ${id}?`);
  await tui.press("y");
  await tui.shows("· CANCELLED");
});

onEachDatabase(
  "another one's flow is watched at each step, in the detail that Enter opens",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { columns: 80, rows: 24 });
    await tui.shows("There is no flow yet");
    const { webUrl } = await startFlow(await app.operator());
    await tui.shows("● WAITING");
    await tui.press(KEYS.enter);
    await tui.shows("● 3 Waiting", "poll 1 of 10", "Approve it here");
    await fetch(`${webUrl}/deny`, { method: "POST", redirect: "manual" }).then((answer) =>
      answer.body?.cancel()
    );
    await tui.shows("✗ FAILED", "→ ");
  },
);
