import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { decideAtGoogle, startGoogleApp } from "../support/google.ts";
import { startFlow } from "../support/modal_flows.ts";
import { KEYS, mount } from "../support/tui.ts";

onPglite(
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

onPglite("what failed stands there with what to do about it", async (database) => {
  await using app = await startApp({ database, env: { MODAL_SERVER_URL: "http://127.0.0.1:9" } });
  await using tui = await mount(app);
  await tui.shows("There is no flow yet");
  await tui.press("n", KEYS.enter, KEYS.enter);
  await tui.shows("✗ FAILED", "(PROVIDER_UNAVAILABLE)", "→ ");
  await tui.press("c");
  await tui.shows("This flow has ended");
});

onPglite("a flow that timed out is waited for again, and cancelled after asking", async (database) => {
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

onPglite(
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

onPglite("a Google account is connected: the browser comes back to the terminal", async (database) => {
  await using app = await startGoogleApp({ database });
  await using tui = await mount(app);
  await tui.shows("There is no flow yet");
  await tui.press("N");
  await tui.shows("What to ask for");
  tui.paste(DRIVE);
  await tui.press(KEYS.enter);
  await tui.shows(
    "● WAITING",
    "Allow it at Google (o opens, y copies)",
    "asks for     openid email",
    "         scopes:",
  );
  await tui.press("o");
  await tui.shows("Opened in the browser");
  const [page = ""] = tui.desktop.opened;
  const stranger = new URL(new URL(page).searchParams.get("redirect_uri") ?? "");
  stranger.search = "?code=stolen&state=spg_other";
  assert.equal(await statusOf(stranger), 400);
  const back = await decideAtGoogle(page, { email: "ada@example.com" });
  assert.equal(await statusOf(back), 200);
  await tui.shows("✓ SUCCEEDED", "Connected: the tokens lie in the vault", "credential   ada@example.com");
  await assert.rejects(fetch(back), "nothing listens any more");
  assert.ok(!tui.written().includes(back.searchParams.get("code") ?? ""));
});

onPglite(
  "a Google authorization ends by what is pasted, by a refusal and by being cancelled",
  async (database) => {
    await using app = await startGoogleApp({ database });
    await using tui = await mount(app);
    await tui.shows("There is no flow yet");
    const started = async () => {
      await tui.press("N", KEYS.enter);
      await tui.shows("● WAITING", "Allow it at Google");
      await tui.press("o");
      await tui.shows("Opened in the browser");
      return tui.desktop.opened.at(-1) ?? "";
    };
    const pasted = await decideAtGoogle(await started(), { email: "ada@example.com" });
    await tui.press("p");
    tui.paste("https://elsewhere.test/?code=4/0abc&state=spg_other");
    await tui.press(KEYS.enter);
    await tui.shows("That is not where this authorization ends");
    await tui.press("p");
    tui.paste(pasted.href);
    await tui.press(KEYS.enter);
    await tui.shows("✓ SUCCEEDED", "credential   ada@example.com");
    await assert.rejects(fetch(pasted), "nothing listens any more");

    const denied = await decideAtGoogle(await started(), { deny: true });
    await statusOf(denied);
    await tui.shows("✗ FAILED", "denied at Google", "→ ");

    const { searchParams } = new URL(await started());
    await tui.press("c", "y");
    await tui.shows("· CANCELLED");
    const listener = searchParams.get("redirect_uri") ?? "";
    await eventually("nothing listens any more", () =>
      fetch(listener).then(async (answer) => {
        await answer.body?.cancel();
        return false;
      }, () => true));
  },
);

onPglite(
  "R29: the terminal listens for a Google account for five minutes, and its flow is cancelled then",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const waits: { ms: number; end: () => void }[] = [];
    const wait = (ms: number) => {
      const { promise, resolve: end } = Promise.withResolvers<void>();
      waits.push({ ms, end });
      return promise;
    };
    await using tui = await mount(app, { wait });
    await tui.shows("There is no flow yet");
    await tui.press("N", KEYS.enter);
    await tui.shows("● WAITING", "Allow it at Google");
    await tui.press("y");
    await tui.shows("Copied the page's URL");
    const { searchParams } = new URL(tui.desktop.copied[0] ?? "");
    const listener = new URL(searchParams.get("redirect_uri") ?? "");
    assert.equal(await statusOf(listener), 400);
    assert.deepEqual(waits.map(({ ms }) => ms), [5 * 60_000]);
    waits[0]?.end();
    await tui.shows("Nobody came back within 5 minutes: start again", "· CANCELLED");
    await assert.rejects(fetch(listener), "nothing listens any more");
  },
);

const DRIVE = "https://www.googleapis.com/auth/drive.readonly";

async function statusOf(url: URL): Promise<number> {
  const answer = await fetch(url);
  await answer.body?.cancel();
  return answer.status;
}
