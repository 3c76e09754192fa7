import assert from "node:assert/strict";
import { logEvent, SYSTEM } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { pruneEvents } from "../../src/events/retention.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, signIn } from "../support/people.ts";
import { startFlow } from "../support/modal_flows.ts";
import { from } from "../support/callers.ts";
import { KEYS, mount } from "../support/tui.ts";
import { breakableNetwork } from "../support/tui_network.ts";

/** Logs an event with a recognizable label. */
async function logLabel(app: TestApp, label: string): Promise<void> {
  const subjects = { credentialId: newId("crd") };
  await logEvent(app.services, "credential.updated", SYSTEM, subjects, { provider: "MODAL", label });
}

onPglite(
  "new events arrive and are selected, until the operator moves up",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { start: "events" });
    await tui.shows("Events  following", "operator.created");
    await logLabel(app, "the first");
    await tui.shows("credential.updated", "label: the first");
    await logLabel(app, "the second");
    await tui.shows("label: the second");
    await tui.press(KEYS.up);
    await tui.hides("following");
    await tui.shows("label: the first");
    await logLabel(app, "the third");
    await tui.shows("2 of 4", "label: the first");
    await tui.press("G");
    await tui.shows("following", "label: the third");
  },
);

onPglite("space pauses the tail and counts new events; space again shows them", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { start: "events" });
  await tui.shows("following", "operator.created");
  await tui.press(" ");
  await tui.shows("PAUSED, 0 new");
  await logLabel(app, "one");
  await logLabel(app, "two");
  await tui.shows("PAUSED, 2 new");
  await tui.hides("credential.updated");
  await tui.press(" ");
  await tui.shows("following", "label: two");
});

onPglite(
  "after a lost connection the tail resumes from its cursor: no event is missed or repeated",
  async (database) => {
    await using app = await startApp({ database });
    const network = breakableNetwork(app);
    await using tui = await mount(app, { start: "events", fetch: network.fetch });
    await logLabel(app, "before");
    await tui.shows("● live", "label: before");
    network.down();
    await tui.shows("! reconnecting");
    await logLabel(app, "while it was away");
    network.up();
    await tui.shows("● live", "label: while it was away");
    await logLabel(app, "after");
    await tui.shows("label: after");
    await tui.press("x");
    await tui.shows("Wrote ");
    const [exported = ""] = tui.desktop.saved.values();
    const labels = exported.trimEnd().split("\n").map((line) => JSON.parse(line).data.label).filter(Boolean);
    assert.deepEqual(labels, ["before", "while it was away", "after"]);
  },
);

onPglite(
  "when events were deleted while the connection was lost, the tail continues after them and says so",
  async (database) => {
    await using app = await startApp({ database });
    const network = breakableNetwork(app);
    await using tui = await mount(app, { start: "events", fetch: network.fetch });
    await logLabel(app, "before");
    await tui.shows("● live", "label: before");
    network.down();
    await tui.shows("! reconnecting");
    await logEvent(app.services, "email_code.rejected", SYSTEM, {}, { attemptsLeft: 1 });
    await logLabel(app, "after them");
    await app.services.eventLog.settled();
    const inAnHour = () => new Date(app.clock.now().getTime() + 60 * 60 * 1000);
    const lifetimes = { events: 0, refusals: 60 };
    await pruneEvents({ ...app.services, now: inAnHour }, lifetimes, new AbortController().signal);
    network.up();
    await tui.shows("● live, old events deleted", "label: after them");
    await logLabel(app, "and live");
    await tui.shows("label: and live");
  },
);

onPglite("events are filtered by type, user, flow and word, including old events", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  await newPerson(app, "grace");
  await using tui = await mount(app, { start: "events" });
  await tui.shows("following");
  await tui.press("/");
  await tui.press(...`user:${ada.id} type:session.issued`, KEYS.enter);
  await tui.shows("1 of 1", "session.issued");
  // The filter took the letters: none of them triggered a key of the screen.
  await tui.hides("PAUSED", "Wrote");
  await tui.press(KEYS.esc);
  await tui.shows("following", /of [5-9]/);
  await tui.press("/");
  await tui.paste("type:user.");
  await tui.press(KEYS.enter);
  await tui.shows("of 2", "user.registered");
  await tui.press("t");
  await tui.shows("/ type:user.registered");
  await tui.press("e");
  await tui.shows("› Events", "user.registered", "session.issued", "password.accepted");
  await tui.press(KEYS.esc, KEYS.esc);
  await tui.hides("› Events");
});

onPglite("moving up past the first event loads older ones, each once", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  for (let count = 1; count <= 250; count++) await logLabel(app, `number ${count}.`);
  await app.services.eventLog.settled();
  await using tui = await mount(app, { start: "events", token });
  await tui.shows("200 of 200", "label: number 250.");
  await tui.press("g");
  await tui.shows("52 of 251", "label: number 51.");
  await tui.press("g");
  await tui.shows("1 of 251", "operator.created", "No older events");
  await tui.press("G");
  await tui.shows("200 of 200", "following", "label: number 250.");
});

onPglite(
  "refusals from one address are one row with their count, and z unfolds them; rows have name, address and reason",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_PASSWORDS_PER_ACCOUNT_15_MINUTES: "1000" } });
    const [near, far] = [from(app, "203.0.113.7"), from(app, "203.0.113.8")];
    await newPerson(near, "ada");
    await newPerson(near, "grace");
    for (let tries = 0; tries < 12; tries++) await signIn(near, tries % 2 ? "ada" : "grace", "wrong");
    for (let tries = 0; tries < 2; tries++) await signIn(far, "ada", "wrong");
    await using tui = await mount(app, { start: "events", columns: 140 });
    await tui.shows(
      /password\.rejected ×12 +2 users +203\.0\.113\.7 +[a-z_]+/,
      /password\.rejected ×2 +ada +203\.0\.113\.8 +[a-z_]+/,
      /session\.issued +grace +203\.0\.113\.7/,
    );
    await tui.press(KEYS.up, KEYS.up);
    await tui.shows(/×12 from 203\.0\.113\.7, since \d\d:\d\d:\d\d/);
    await tui.press("z");
    await tui.hides("×12", "×2");
    await tui.press("z", "x");
    await tui.shows(/Wrote \d+ events/);
    const [exported = ""] = tui.desktop.saved.values();
    assert.equal(exported.match(/password\.rejected/g)?.length, 14, "an export is never folded");
  },
);

onPglite("a counted refusal counts as its number, and events of one user are folded", async (database) => {
  await using app = await startApp({ database });
  const data = { operation: "register", reason: "RATE_LIMITED", block: "203.0.113.0/24" };
  await logEvent(app.services, "request.refused", SYSTEM, {}, data);
  await logEvent(app.services, "request.refused", SYSTEM, {}, { ...data, count: 99 });
  await using tui = await mount(app, { start: "events" });
  await tui.shows(/request\.refused ×100 +203\.0\.113\.0\/… RATE_LIMITED/);
});

onPglite("the steps of flows are hidden, until a or a filter asks for them", async (database) => {
  await using app = await startApp({ database });
  await startFlow(await app.operator());
  await using tui = await mount(app, { start: "events" });
  await tui.shows("flow.started");
  await tui.hides("flow.changed");
  await tui.press("a");
  await tui.shows("flow.changed");
  await tui.press("a");
  await tui.hides("flow.changed");
  await tui.press("/", ..."flow.changed", KEYS.enter);
  await tui.shows(/[1-9] of [1-9]/, "step:");
});

onPglite("an event with Unicode line separators in its text arrives", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { start: "events" });
  await tui.shows("following");
  // JSON does not escape U+2028 and U+2029, and they do not end a line of an event stream.
  await logLabel(app, "hidden\u2028by\u2029line ends");
  await tui.shows("label: hidden by line ends");
});

onPglite(
  "text from events cannot move the cursor, set the title or reverse the direction",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { start: "events" });
    await tui.shows("following");
    let title: string | undefined;
    tui.terminal.onTitleChange((changed) => title = changed);
    await logLabel(
      app,
      "\x1b]0;pwned\x07\x1b[2J\x1b[1;1H\x9b31m\u202egnp.exe\u2066 עברית 漢字 \u{1F469}\u200d\u{1F4BB} " +
        "x".repeat(10_000),
    );
    const text = await tui.shows("␛]0;pwned", "gnp.exe", "Sallyport 0.1.0", "1 Flows");
    assert.equal(title, undefined);
    assert.doesNotMatch(text, /[\u202a-\u202e\u2066-\u2069\x80-\x9f]/);
    assert.ok(text.split("\n").every((line) => line.length <= 120), text);
  },
);
