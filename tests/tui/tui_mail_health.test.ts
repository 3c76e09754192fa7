import assert from "node:assert/strict";
import { startMailEmulator } from "../../src/emulators/mail/mail_emulator.ts";
import { logEvent, SYSTEM } from "../../src/events/events.ts";
import { refusedForGood, refusedForNow } from "../../src/emulators/mail/switches.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { mount } from "../support/tui.ts";
import { requestCode } from "../support/codes.ts";

onPglite(
  "a mail appears when it is created and sent, and leads to its flow's events",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { start: "mail" });
    await tui.shows("No mails yet");
    await requestCode(app, "ada@example.test");
    await tui.shows("✓ SENT", "ada@example.test", "Read it in the emulated inbox", app.inbox.pageUrl);
    await tui.press("o");
    await tui.shows("Opened in the browser");
    await tui.press("y");
    await tui.shows("Copied the inbox URL");
    assert.deepEqual([tui.desktop.opened, tui.desktop.copied], [[app.inbox.pageUrl], [app.inbox.pageUrl]]);
    await tui.press("W");
    await tui.shows("Only a queued or retrying mail can be retried");
    await tui.press("e");
    await tui.shows("ada@example.test › Events", "email_code.requested");
  },
);

onPglite(
  "a mail that was refused can be retried at once, and an undelivered mail is shown",
  async (database) => {
    await using app = await startApp({ database, mailPauseSeconds: 3600 });
    app.inbox.switches.faults = [refusedForNow(1)];
    await using tui = await mount(app, { start: "mail" });
    await tui.shows("No mails yet");
    await requestCode(app, "ada@example.test");
    await tui.shows("! RETRYING", "emulated: try again later", "attempts     1");
    await tui.press("W");
    await tui.shows("The mail is being sent now", "✓ SENT", "attempts     2", "An earlier try failed: ");
    await tui.hides("✗");
    app.inbox.switches.faults = [refusedForGood(1)];
    await requestCode(app, "grace@example.test");
    await tui.shows("Mail  ✗ 1 undelivered", "✗ DEAD", "grace@example.test", "emulated: no such user");
    await tui.hides("Read it in the emulated inbox");
    await tui.press("W");
    await tui.shows("Only a queued or retrying mail can be retried");
  },
);

onPglite(
  "without emulated mail there is no inbox to open, and y copies the address",
  async (database) => {
    await using inbox = await startMailEmulator();
    await using app = await startApp({ database, inbox, env: { SMTP_URL: inbox.url } });
    await using tui = await mount(app, { start: "mail" });
    await requestCode(app, "ada@example.test");
    await tui.shows("✓ SENT", "ada@example.test");
    await tui.hides("emulated inbox");
    await tui.press("o");
    await tui.shows("Mail is not emulated here");
    await tui.press("y");
    await tui.shows("Copied the address");
    assert.deepEqual([tui.desktop.opened, tui.desktop.copied], [[], ["ada@example.test"]]);
  },
);

onPglite("an e-mail code flow shows its steps and the delivery of its mail", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app);
  await tui.shows("No flows yet");
  await requestCode(app, "ada@example.test");
  await tui.shows("E-mail code", "ada@example.test", "mail_sent", "tries left");
});

onPglite("health is live: checks, rates, queues and recent errors", async (database) => {
  await using app = await startGoogleApp({ database });
  await using tui = await mount(app, { start: "health", rows: 60 });
  await tui.shows(
    "✓ database",
    "✓ Modal",
    "✓ Google",
    "tail lag",
    "hash queue",
    /requests +▁.* avg, .* max \/s/,
    "mail.send",
    "Recent errors",
  );
  await tui.shows("none");
  await logEvent(app.services, "flow.failed", SYSTEM, {}, { code: "MODAL_REJECTED", message: "No" });
  await tui.shows("flow.failed");
  await tui.press("y");
  await tui.shows("Copied the health report as JSON");
});

onPglite("without an SMTP server the mail screen asks for SMTP_URL", async (database) => {
  await using app = await startApp({ database, env: { SMTP_URL: "" } });
  await using tui = await mount(app, { start: "mail" });
  await tui.shows("This server cannot send mail. Set SMTP_URL");
});
