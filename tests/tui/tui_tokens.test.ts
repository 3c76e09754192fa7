import assert from "node:assert/strict";
import { logEvent, SYSTEM } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { invalidGrant } from "../../src/emulators/google/switches.ts";
import { movableClock, startApp } from "../support/app.ts";
import { eventsOf, newCredential, readCredential } from "../support/credentials.ts";
import { onPglite } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { connectGoogle } from "../support/google_credentials.ts";
import { KEYS, mount } from "../support/tui.ts";
import { breakableNetwork } from "../support/tui_network.ts";

onPglite(
  "a new credential appears with a live countdown to its expiry, and v verifies it",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { start: "tokens" });
    await tui.shows("The vault is empty");
    const operator = await app.operator();
    await newCredential(app, operator, 30 * 86_400);
    await tui.shows("✓ HEALTHY", "emulated-workspace", /in 29 d 23 h/, "owner        an operator");
    await tui.press("v");
    await tui.shows("Verified: ak-", "by emulated-user");
  },
);

onPglite(
  "R asks, shows the secret for 30 seconds, and an event is recorded",
  async (database) => {
    const clock = movableClock();
    await using app = await startApp({ database, clock });
    const operator = await app.operator();
    const { id, tokenSecret } = await newCredential(app, operator, 30 * 86_400);
    await using tui = await mount(app, { start: "tokens" });
    await tui.shows("✓ HEALTHY");
    await tui.press("R");
    await tui.shows("Show the secret of emulated-workspace for 30 s?");
    await tui.press("n");
    await tui.hides("Show the secret");
    assert.ok(!tui.written().includes(tokenSecret));
    await tui.press("R", "y");
    await tui.shows(tokenSecret, "closes in");
    const types = (await eventsOf(app, operator, id)).map(({ type }) => type);
    assert.equal(types.filter((type) => type === "credential.revealed").length, 1);
    clock.advance(31);
    await tui.hides(tokenSecret);
    await tui.shows("✓ HEALTHY");
  },
);

onPglite(
  "quitting while a secret is shown leaves no trace of it on the terminal",
  async (database) => {
    await using app = await startApp({ database });
    const { tokenSecret } = await newCredential(app, await app.operator(), 30 * 86_400);
    await using tui = await mount(app, { start: "tokens" });
    await tui.shows("✓ HEALTHY");
    await tui.press("R", "y");
    await tui.shows(tokenSecret, "closes in");
    await tui.press(KEYS.ctrlC);
    await tui.left;
    assert.equal(tui.terminal.buffer.active.type, "normal");
    assert.equal(tui.screen().trim(), "");
    const left = tui.written().lastIndexOf("\x1b[?1049l");
    assert.ok(
      left > tui.written().lastIndexOf(tokenSecret),
      "the secret was written outside of the alternate screen",
    );
  },
);

onPglite(
  "a key works as soon as its row is drawn; before that it shows that the list is loading",
  async (database) => {
    await using app = await startApp({ database });
    await newCredential(app, await app.operator(), 30 * 86_400);
    const network = breakableNetwork(app);
    await using tui = await mount(app, { fetch: network.fetch });
    await tui.shows("No flows yet");
    network.hang();
    await tui.press("2R");
    await tui.shows("Loading …", "Still loading. Press the key again");
    tui.pressAt("HEALTHY", "R");
    network.up();
    await tui.shows("Show the secret of emulated-workspace");
  },
);

onPglite(
  "f refreshes a Google credential at once, and shows when Google refuses",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { id } = await connectGoogle(app, null, { lifeSeconds: 60 });
    await using tui = await mount(app, { start: "tokens" });
    await tui.shows("ada@gmail.test", "refreshable  yes");
    await tui.press("F");
    await tui.shows("Refreshed. It expires in 59 min", "✓ HEALTHY", "refreshed    ");
    await tui.press("v");
    await tui.shows("Only for Modal tokens");
    app.google.switches.faults = [invalidGrant(1)];
    app.clock.advance(3600);
    await tui.press("F");
    await tui.shows("✗ REAUTHORIZATION_REQUIRED");
    assert.equal((await readCredential(await app.operator(), id)).health, "REAUTHORIZATION_REQUIRED");
  },
);

onPglite("x exports a profile for Modal's clients to a file", async (database) => {
  await using app = await startApp({ database });
  const { tokenId, tokenSecret } = await newCredential(app, await app.operator(), 30 * 86_400);
  await using tui = await mount(app, { start: "tokens" });
  await tui.shows("✓ HEALTHY");
  await tui.press("x", "y");
  await tui.shows("Wrote .data/modal-emulated-workspace.toml", "MODAL_CONFIG_PATH");
  const lines = [
    "[emulated-workspace]",
    `token_id = "${tokenId}"`,
    `token_secret = "${tokenSecret}"`,
    `server_url = "${app.services.modalServerUrl}"`,
    "active = true",
  ];
  assert.equal(tui.desktop.saved.get("modal-emulated-workspace.toml"), `${lines.join("\n")}\n`);
  assert.ok(!tui.written().includes(tokenSecret));
});

onPglite("d asks and revokes a credential, which stays in the list", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id } = await newCredential(app, operator, 30 * 86_400);
  await using tui = await mount(app, { start: "tokens" });
  await tui.shows("✓ HEALTHY");
  await tui.press("d");
  await tui.shows("Destroy the stored tokens of emulated-workspace?");
  await tui.press(KEYS.esc);
  assert.equal((await readCredential(operator, id)).health, "HEALTHY");
  await tui.press("d", "y");
  await tui.shows("· REVOKED");
  assert.equal((await readCredential(operator, id)).health, "REVOKED");
  await tui.press("v");
  await tui.shows("This credential was revoked");
});

onPglite(
  "e shows a credential's events however old they are, and Esc goes back",
  async (database) => {
    await using app = await startApp({ database });
    const { id } = await newCredential(app, await app.operator(), 30 * 86_400);
    const subjects = { credentialId: newId("crd") };
    // More events than the terminal loads at the start.
    for (let count = 0; count < 201; count++) {
      await logEvent(app.services, "credential.updated", SYSTEM, subjects, { provider: "MODAL", label: "x" });
    }
    await app.services.eventLog.settled();
    await using tui = await mount(app, { start: "tokens" });
    await tui.shows("✓ HEALTHY");
    await tui.press("e");
    await tui.shows("emulated-workspace › Events", "credential.created", `credential   ${id}`);
    await tui.hides("credential.updated");
    await tui.press("/", ..."nothing", KEYS.enter);
    await tui.shows("The server has no such events");
    await tui.press(KEYS.esc);
    await tui.shows("credential.created");
    await tui.press(KEYS.esc);
    await tui.shows("✓ HEALTHY");
    await tui.hides("› Events");
  },
);
