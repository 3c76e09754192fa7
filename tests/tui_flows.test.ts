import assert from "node:assert/strict";
import { startApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";
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
