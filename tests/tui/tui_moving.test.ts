import assert from "node:assert/strict";
import { logEvent, SYSTEM } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { createKey } from "../support/api_keys.ts";
import { startApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { requestCode } from "../support/codes.ts";
import { newCredential } from "../support/credentials.ts";
import { onPglite } from "../support/databases.ts";
import { startFlow } from "../support/modal_flows.ts";
import { newPerson, signIn } from "../support/people.ts";
import { KEYS, mount } from "../support/tui.ts";

onPglite("u, c and f open the user, credential and flow of a row", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  await newPerson(app, "grace");
  const operator = await app.operator();
  const { id: credentialId, tokenId } = await newCredential(app, operator, 30 * 86_400);
  await newCredential(app, operator, 30 * 86_400);
  const { id: flowId } = await startFlow(operator);
  await requestCode(app, "ada@example.test");
  await app.inbox.next("ada@example.test");
  const subjects = { userId: ada.id, flowId, credentialId };
  await logEvent(app.services, "credential.updated", SYSTEM, subjects, { provider: "MODAL", label: "one" });
  await app.services.eventLog.settled();
  await using tui = await mount(app, { start: "events" });
  await tui.press("/", ..."type:credential.updated", KEYS.enter);
  await tui.shows("label: one", "u user", "c credential", "f flow");
  await tui.press("u");
  await tui.shows("ada › Users", "Users (1)", "PASSWORD TOKENS");
  await tui.press(KEYS.esc, "c");
  await tui.shows(`${credentialId} › Tokens`, "1 of 1", tokenId);
  await tui.press(KEYS.esc, "f");
  await tui.shows(`${flowId} › Flows`, "1 of 1", "Modal token");
  await tui.press("u");
  await tui.shows("This row has no user");
  await tui.press("6");
  await tui.shows("Mail  1 of 1");
  await tui.press("f");
  await tui.shows("ada@example.test › Flows", "E-mail code", "tries left");
});

onPglite("a deleted credential cannot be opened, and the terminal says so", async (database) => {
  await using app = await startApp({ database });
  const subjects = { credentialId: newId("crd") };
  await logEvent(app.services, "credential.updated", SYSTEM, subjects, { provider: "MODAL", label: "gone" });
  await app.services.eventLog.settled();
  await using tui = await mount(app, { start: "events" });
  await tui.shows("label: gone");
  await tui.press("c");
  await tui.shows("This credential no longer exists");
});

onPglite("[ and ] go back and forward through the screens, with their filters", async (database) => {
  await using app = await startApp({ database });
  await newPerson(app, "ada");
  await newPerson(app, "grace");
  await using tui = await mount(app, { start: "sessions" });
  await tui.shows("grace");
  await tui.press("/", ..."ada", KEYS.enter);
  await tui.shows("/ ada", "1 of 1");
  await tui.press("u");
  await tui.shows("ada › Users");
  await tui.press("6");
  await tui.shows("No mails yet");
  await tui.press("[");
  await tui.shows("ada › Users", "PASSWORD TOKENS");
  await tui.press("[");
  await tui.shows("Sessions  1 of 1", "/ ada");
  await tui.press("[");
  await tui.shows("No earlier screen");
  await tui.press("]", "]");
  await tui.shows("No mails yet");
  await tui.press("]");
  await tui.shows("No later screen");
});

onPglite("the palette completes, remembers, and opens a user, an address or an id", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(from(app, "203.0.113.7"), "ada");
  await newPerson(app, "grace");
  await signIn(from(app, "203.0.113.8"), "grace", "wrong");
  await using tui = await mount(app);
  await tui.shows("No flows yet");
  await tui.press(":", "user ada", KEYS.enter);
  await tui.shows("Users (1)", "/ ada", "PASSWORD TOKENS");
  await tui.press(":", "ip 203.0.113.8", KEYS.enter);
  await tui.shows("1 of 1", "/ ip:203.0.113.8", "password.rejected");
  await tui.press(":", "op");
  await tui.shows("Go to op▏erators", "complete");
  await tui.press("\t", KEYS.enter);
  await tui.shows("Operators", "✓ ACTIVE", "last used");
  await tui.press(":", KEYS.up, KEYS.up);
  await tui.shows("Go to ip 203.0.113.8▏");
  await tui.press(KEYS.up);
  await tui.shows("Go to user ada▏");
  await tui.press(KEYS.down, KEYS.enter);
  await tui.shows("/ ip:203.0.113.8");
  await tui.press(":", "us");
  await tui.shows("Go to us▏er ada");
  await tui.press(KEYS.esc);
  await tui.press(":", ada.id, KEYS.enter);
  await tui.shows(`${ada.id} › Users`, "Users (1)");
});

onPglite("the operators screen lists tokens, and d revokes one after a question", async (database) => {
  await using app = await startApp({ database });
  await createKey(app, await app.operatorToken("OPERATE"), { name: "crm" });
  await using tui = await mount(app);
  await tui.press(":", "operators", KEYS.enter);
  const text = await tui.shows("✓ ACTIVE", "1 of 2", "d revoke");
  assert.match(text, /REVEAL|OPERATE/);
  await tui.press(KEYS.down);
  await tui.shows(/API keys +crm/);
  await tui.press("d");
  await tui.shows("Revoke the token of operate-");
  await tui.press("y");
  await tui.shows("API keys of this operator stay valid: crm", "· REVOKED");
  await tui.press("d");
  await tui.shows("This token has ended");
});

onPglite("a row that needs attention has the colour of its state in every theme", async (database) => {
  await using app = await startApp({ database, env: { MODAL_SERVER_URL: "http://127.0.0.1:9" } });
  for (const theme of ["dark", "light"] as const) {
    await using tui = await mount(app, { theme });
    await tui.press("n", KEYS.enter, KEYS.enter);
    await tui.press("n", KEYS.enter, KEYS.enter);
    // Both rows of the list: the detail of the selected one can be newer than its row.
    const text = await tui.shows(/\n ✗ FAILED[^\n]*\n ✗ FAILED/);
    const row = text.split("\n").findLastIndex((line) => line.startsWith(" ✗ FAILED"));
    const cell = tui.terminal.buffer.active.getLine(row)?.getCell(16);
    assert.equal(cell?.isFgDefault(), false, theme);
  }
});
