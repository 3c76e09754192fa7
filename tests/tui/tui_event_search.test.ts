import { logEvent, SYSTEM } from "../../src/events/events.ts";
import { newId } from "../../src/lib/ids.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, signIn } from "../support/people.ts";
import { KEYS, mount, type Mounted } from "../support/tui.ts";

/** Events that the terminal loads at the start, and one more. */
const MORE_THAN_LOADED = 201;

/** Logs more events than the terminal loads at the start, so that it has not loaded those before them. */
async function logMany(app: TestApp, count = MORE_THAN_LOADED): Promise<void> {
  for (let number = 1; number <= count; number++) {
    const data = { provider: "MODAL" as const, label: `number ${number}.` };
    await logEvent(app.services, "credential.updated", SYSTEM, { credentialId: newId("crd") }, data);
  }
  await app.services.eventLog.settled();
}

async function filter(tui: Mounted, text: string): Promise<void> {
  await tui.press(KEYS.esc);
  await tui.hides("Esc clear filter");
  await tui.press("/");
  tui.paste(text);
  await tui.press(KEYS.enter);
}

onPglite("the server searches all events by address, network, reason, name and word", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "ada");
  await newPerson(app, "grace");
  await signIn(from(app, "203.0.113.7"), "ada", "wrong");
  await signIn(from(app, "2001:db8::1"), "grace", "wrong");
  await signIn(from(app, "203.0.114.9"), "ghost", "wrong");
  await app.services.refusals.written();
  await logMany(app);
  await using tui = await mount(app, { start: "events", columns: 160 });
  await tui.shows("200 of 200", "following");
  for (
    const [text, ...shown] of [
      ["ip:203.0.113.7", "1 of 1", "password.rejected", "IP address   203.0.113.7"],
      ["ip:203.0.113.", "1 of 1", "IP address   203.0.113.7"],
      ["ip:2001:DB8:0:0::/64", "1 of 1", "IP address   2001:db8::1"],
      ["reason:wrong_password", "2 of 2", /203\.0\.113\.7 +wrong_password/],
      ["subject:ghost", "1 of 1", "IP address   203.0.114.9"],
      ["subject:ada reason:wrong_password", "1 of 1", `user         ${ada.id}`],
      ["rejected", "password.rejected", "3 of 3"],
      ["type:user.", "user.registered", "2 of 2"],
      ["wrong_ 2001:db8", "1 of 1", "IP address   2001:db8::1"],
    ] as const
  ) {
    await filter(tui, text);
    await tui.shows(`/ ${text}`, ...shown);
    await tui.hides("searched");
  }
  await filter(tui, "ip:203.0.113.8");
  await tui.shows("The server has no such events");
  await filter(tui, "ip:203.0.113.0/24");
  await tui.shows("ip: takes an address");
});

onPglite("since: and until: take a time in UTC, or one before now", async (database) => {
  await using app = await startApp({ database });
  await logMany(app, 3);
  const at = Date.now();
  await using tui = await mount(app, { start: "events", now: () => at + 2 * 60 * 60 * 1000 });
  await tui.shows("4 of 4", "number 3.");
  await filter(tui, "credential since:3h");
  await tui.shows("3 of 3", "number 3.");
  await filter(tui, "since:60m");
  await tui.shows("The server has no such events");
  await filter(tui, "credential until:60m");
  await tui.shows("3 of 3", "number 3.");
  await filter(tui, `until:${new Date(at - 86_400_000).toISOString().slice(0, 16)}`);
  await tui.shows("The server has no such events");
  await filter(tui, "since:soon");
  await tui.shows("since: takes a time such as");
});

onPglite(
  "the filter selects live events as it selects old ones; the server selects those of a name",
  async (database) => {
    await using app = await startApp({ database });
    await newPerson(app, "ada");
    await newPerson(app, "grace");
    await using tui = await mount(app, { start: "events", columns: 160 });
    await filter(tui, "subject:ada rejected");
    await tui.shows("The server has no such events");
    await signIn(from(app, "203.0.113.8"), "grace", "wrong");
    await signIn(from(app, "203.0.113.7"), "ada", "wrong");
    await tui.shows("1 of 1", "IP address   203.0.113.7");
    await signIn(from(app, "203.0.113.9"), "ada", "wrong");
    await tui.shows("2 of 2", "IP address   203.0.113.9");
    await filter(tui, "ip:203.0.113.8");
    await tui.shows("1 of 1", "IP address   203.0.113.8");
    await signIn(from(app, "203.0.113.80"), "ada", "wrong");
    await signIn(from(app, "203.0.113.8"), "ada", "right or wrong");
    await tui.shows(/password\.rejected ×2/, "×2 from 203.0.113.8");
    await filter(tui, "reason:wrong_password");
    await tui.shows("203.0.113.80");
    await filter(tui, "reason:wrong");
    await tui.shows("The server has no such events");
  },
);

onPglite(
  "a second word filters loaded events, and the title says how many were searched",
  async (database) => {
    await using app = await startApp({ database });
    await logMany(app, 450);
    await using tui = await mount(app, { start: "events" });
    await filter(tui, "credential 17.");
    await tui.shows("searched 200 of 450", "number 417.", "2 of 2");
    await filter(tui, "credential 99999");
    await tui.shows("No match yet: searched 200 of 450 events");
    await filter(tui, "credential 17.");
    await tui.shows("2 of 2");
    await tui.press("g");
    await tui.shows("searched 400 of 450", /of 4/);
    await tui.press("g");
    await tui.hides("searched");
    await tui.shows("number 17.", "of 5");
  },
);
