import assert from "node:assert/strict";
import { logEvent, newEvent, SYSTEM, writeEvents } from "../../src/events/events.ts";
import { startApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { newPerson, signIn } from "../support/people.ts";
import { KEYS, mount, type Mounted } from "../support/tui.ts";

/** Esc clears the filter of the events, then goes back. */
async function backFromEvents(tui: Mounted): Promise<void> {
  await tui.press(KEYS.esc);
  await tui.hides("Esc clear filter");
  await tui.press(KEYS.esc);
  await tui.hides("› Events");
}

onPglite(
  "the attack view counts refusals by address, network and account, live, and opens their events and Why",
  async (database) => {
    await using app = await startApp({ database });
    await newPerson(app, "ada");
    await newPerson(app, "grace");
    const wrong = (address: string, name: string) => signIn(from(app, address), name, "wrong");
    for (let tries = 0; tries < 3; tries++) await wrong("203.0.113.7", "ada");
    await wrong("203.0.113.8", "grace");
    await wrong("2001:db8::1", "ghost");
    // The clock stands still, so that the screen does not read the events again.
    const now = app.clock.now().getTime();
    await using tui = await mount(app, { columns: 160, now: () => now });
    await tui.press(":", ..."attack", KEYS.enter);
    await tui.shows(
      "Attack  5 refused in 15 min",
      /address +203\.0\.113\.7 +3 +\d\d:\d\d:\d\d wrong_password/,
      /address +203\.0\.113\.8 +1 /,
      /network +203\.0\.113\.0\/24 +4 /,
      /account +ada +3 /,
      /account +grace +1 /,
      /account +unknown name \S+ +1 .* unknown_user/,
    );
    await tui.hides("2001:db8::/64");
    await wrong("203.0.113.7", "grace");
    await tui.shows("Attack  6 refused", /address +203\.0\.113\.7 +4 /, /account +grace +2 /, "Accounts 2");
    await tui.press("e");
    await tui.shows("› Events", "/ ip:203.0.113.7", /password\.rejected ×4/);
    await backFromEvents(tui);
    await tui.press(KEYS.enter);
    await tui.shows("› Events", "/ ip:203.0.113.7");
    await backFromEvents(tui);
    await tui.press("w");
    await tui.shows("Why  client address 203.0.113.7");
    await tui.press(KEYS.esc);
    await tui.hides("› Why");
    await tui.press("/", ..."unknown name", KEYS.enter);
    await tui.shows("/ unknown name", "1 of 1");
    await tui.press("e");
    await tui.shows("password.rejected", "IP address   2001:db8::1", "1 of 1");
    await backFromEvents(tui);
    await tui.press("w");
    await tui.shows("This row has no user and no address");
  },
);

onPglite("a limit that is used up is listed until L clears it, or it ends", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
  const near = from(app, "203.0.113.7");
  await guest(near);
  await guest(near);
  await app.services.refusals.written();
  await newPerson(app, "ada");
  await times(11, () => signIn(from(app, "203.0.113.9"), "ada", "wrong"));
  await app.services.refusals.written();
  let ahead = 0;
  await using tui = await mount(app, {
    start: "health",
    columns: 160,
    now: () => app.clock.now().getTime() + ahead,
  });
  await tui.press("a");
  const limits = [
    /limit +203\.0\.113\.7 +1 +\S+ in \d+ min \d\d s GUESTS_P/,
    /limit +ada +1 +\S+ in 1\d min \d\d s PASSWOR/,
  ];
  await tui.shows("Health › Attack", ...limits);
  await tui.press("L");
  await tui.shows("Select a limit");
  await tui.press("/", ..."GUESTS_PER", KEYS.enter);
  await tui.shows(/limit +203\.0\.113\.7/, "until", "1 of 1");
  await tui.press("L");
  await tui.shows("Reset all limits of 203.0.113.7?");
  await tui.press("y");
  await tui.shows("The limits are cleared", "No rows match");
  assert.equal((await guest(near)).__typename, "SignedIn");
  await tui.press(KEYS.esc);
  await tui.shows(/limit +ada/);
  await tui.hides(/limit +203/);
  ahead = 20 * 60_000;
  await tui.shows("No refusals in the last 15 minutes");
});

onPglite("the attack view reads a bounded number of events and says so", async (database) => {
  await using app = await startApp({ database });
  const one = () => newEvent(app.services, "password.rejected", SYSTEM, {}, { reason: "wrong_password" });
  await writeEvents(app.services, Array.from({ length: 1_600 }, one));
  await app.services.eventLog.settled();
  await using tui = await mount(app, { columns: 160 });
  await tui.press(":", ..."attack", KEYS.enter);
  await tui.shows("Attack  only the newest 1,500 events of 15 min");
});

onPglite(
  "! goes from the alarm of refusals to the attack view; READ cannot clear limits",
  async (database) => {
    await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
    await times(70, () => guest(from(app, "203.0.113.7")));
    await app.services.refusals.written();
    await logEvent(app.services, "request.refused", SYSTEM, {}, {
      operation: "register",
      reason: "OVERLOADED",
      count: 65,
    });
    await using tui = await mount(app, { role: "READ" });
    await tui.shows("✗ refusals  ● live");
    await tui.press("!");
    await tui.shows("Flows › Attack", /address +203\.0\.113\.7 +5 /, "Attack  70 refused");
    await tui.press("/", ..."GUESTS_PER", KEYS.enter);
    await tui.shows(/limit +203/);
    await tui.press("L");
    await tui.shows("This needs an operator token with the role OPERATE");
  },
);
