import assert from "node:assert/strict";
import { unavailable } from "../../src/emulators/modal/switches.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { decideAtGoogle, startGoogleApp } from "../support/google.ts";
import { startFlow } from "../support/modal_flows.ts";
import { KEYS, mount } from "../support/tui.ts";

onPglite(
  "n starts a Modal flow; the detail shows where to approve it and that it succeeded",
  async (database) => {
    await using app = await startApp({ database, switches: { code: "shown" } });
    await using tui = await mount(app);
    await tui.shows("Sallyport", "● live", "No flows yet. Press n to start one");
    await tui.press("n");
    await tui.shows("Source");
    await tui.press("dashboard", KEYS.enter);
    await tui.shows("lifetime in seconds");
    await tui.press(KEYS.enter);
    const shown = await tui.shows(
      "● WAITING",
      "✓ 1 Client ready",
      "✓ 2 Flow created",
      "● 3 Waiting",
      "Code  ",
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
    await tui.shows("✓ SUCCEEDED", "✓ 4 Tokens received", "stored and verified", "HEALTHY");
  },
);

onPglite("a failed flow shows the failure and the remedy", async (database) => {
  await using app = await startApp({ database, env: { MODAL_SERVER_URL: "http://127.0.0.1:9" } });
  await using tui = await mount(app);
  await tui.shows("No flows yet");
  await tui.press("n", KEYS.enter, KEYS.enter);
  await tui.shows("✗ FAILED", "(PROVIDER_UNAVAILABLE)", "→ ");
  await tui.press("d");
  await tui.shows("This flow has ended");
});

onPglite("a waiting flow whose polls fail shows it in the list, until a poll succeeds", async (database) => {
  await using app = await startApp({ database });
  const { tokenFlowId } = await startFlow(await app.operator(), { wait: false });
  app.modal.switches.faults = [unavailable(Infinity, "TokenFlowWait")];
  await using tui = await mount(app);
  await tui.shows("○ PENDING");
  await tui.press("W");
  await tui.shows(/! RETRYING +Modal token/, "! The last poll failed: ", "Trying again");
  app.modal.switches.faults = [];
  app.modal.approve(tokenFlowId);
  await tui.shows("✓ SUCCEEDED");
  await tui.hides("The last poll failed");
});

onPglite("W waits again for a timed-out flow, and d asks and cancels it", async (database) => {
  await using app = await startApp({
    database,
    env: { MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "1" },
  });
  const operator = await app.operator();
  const { id } = await startFlow(operator);
  await using tui = await mount(app);
  await tui.shows("! TIMED_OUT", "press W to wait again", "→ Approve in the browser, then wait again");
  await tui.press("W");
  await tui.shows("Waiting again");
  await tui.shows("waiting_again");
  await tui.press("d");
  await tui.shows(`Cancel the flow ${id}?`);
  await tui.press("y");
  await tui.shows("· CANCELLED");
});

onPglite(
  "Enter opens a flow that another operator started, and its steps update live",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { columns: 80, rows: 24 });
    await tui.shows("No flows yet");
    const { webUrl } = await startFlow(await app.operator());
    await tui.shows("● WAITING");
    await tui.press(KEYS.enter);
    await tui.shows("● 3 Waiting", "poll 1 of 10", "Approve it on this page");
    await fetch(`${webUrl}/deny`, { method: "POST", redirect: "manual" }).then((answer) =>
      answer.body?.cancel()
    );
    await tui.shows("✗ FAILED", "→ ");
  },
);

onPglite("N connects a Google account: the browser redirects to the terminal", async (database) => {
  await using app = await startGoogleApp({ database });
  await using tui = await mount(app);
  await tui.shows("No flows yet");
  await tui.press("N");
  await tui.shows("Google scopes");
  tui.paste(DRIVE);
  await tui.press(KEYS.enter);
  await tui.shows(
    "● WAITING",
    "Allow access at Google (o opens, y copies)",
    "scopes       openid email",
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
  await tui.shows("✓ SUCCEEDED", "Connected. The tokens are in the vault", "credential   ada@example.com");
  await assert.rejects(fetch(back), "the listener is closed");
  assert.ok(!tui.written().includes(back.searchParams.get("code") ?? ""));
});

onPglite(
  "a Google authorization ends with a pasted URL, with a denial and with a cancellation",
  async (database) => {
    await using app = await startGoogleApp({ database });
    await using tui = await mount(app);
    await tui.shows("No flows yet");
    const started = async () => {
      await tui.press("N", KEYS.enter);
      await tui.shows("● WAITING", "Allow access at Google");
      await tui.press("o");
      await tui.shows("Opened in the browser");
      return tui.desktop.opened.at(-1) ?? "";
    };
    const pasted = await decideAtGoogle(await started(), { email: "ada@example.com" });
    await tui.press("p");
    tui.paste("https://elsewhere.test/?code=4/0abc&state=spg_other");
    await tui.press(KEYS.enter);
    await tui.shows("This URL or code does not belong to this flow");
    await tui.press("p");
    tui.paste(pasted.href);
    await tui.press(KEYS.enter);
    await tui.shows("✓ SUCCEEDED", "credential   ada@example.com");
    await assert.rejects(fetch(pasted), "the listener is closed");

    const denied = await decideAtGoogle(await started(), { deny: true });
    await statusOf(denied);
    await tui.shows("✗ FAILED", "denied at Google", "→ ");

    const { searchParams } = new URL(await started());
    await tui.press("d", "y");
    await tui.shows("· CANCELLED");
    const listener = searchParams.get("redirect_uri") ?? "";
    await eventually("the listener is closed", () =>
      fetch(listener).then(async (answer) => {
        await answer.body?.cancel();
        return false;
      }, () => true));
  },
);

onPglite(
  "R29: the terminal waits five minutes for Google's redirect, then cancels the flow",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const waits: { ms: number; end: () => void }[] = [];
    const wait = (ms: number) => {
      const { promise, resolve: end } = Promise.withResolvers<void>();
      waits.push({ ms, end });
      return promise;
    };
    await using tui = await mount(app, { wait });
    await tui.shows("No flows yet");
    await tui.press("N", KEYS.enter);
    await tui.shows("● WAITING", "Allow access at Google");
    await tui.press("y");
    await tui.shows("Copied the page's URL");
    const { searchParams } = new URL(tui.desktop.copied[0] ?? "");
    const listener = new URL(searchParams.get("redirect_uri") ?? "");
    assert.equal(await statusOf(listener), 400);
    assert.deepEqual(waits.map(({ ms }) => ms), [5 * 60_000]);
    waits[0]?.end();
    await tui.shows("Not authorized within 5 minutes. Start again", "· CANCELLED");
    await assert.rejects(fetch(listener), "the listener is closed");
  },
);

const DRIVE = "https://www.googleapis.com/auth/drive.readonly";

async function statusOf(url: URL): Promise<number> {
  const answer = await fetch(url);
  await answer.body?.cancel();
  return answer.status;
}
