import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, signIn } from "../support/people.ts";
import { KEYS, mount } from "../support/tui.ts";

onPglite(
  "w on a user shows the cause on top and the events below, and both are updated live",
  async (database) => {
    await using app = await startApp({ database });
    const { username } = await newPerson(app);
    await signIn(from(app, "203.0.113.7"), username, "wrong password");
    await using tui = await mount(app, { start: "users" });
    await tui.shows(username);
    await tui.press("w");
    await tui.shows(
      `Why  user usr_`,
      "1. WRONG_PASSWORD",
      /wrong once from\s+│?\s*203\.0\.113\.7/,
      "The proof",
    );
    await signIn(from(app, "203.0.113.9"), username, "wrong password");
    await tui.shows("wrong 2 times from", "203.0.113.7 and 1 other address");
    await tui.press(KEYS.down);
    await tui.shows("reason: wrong_password");
    await signIn(app, username);
    await tui.hides("1. WRONG_PASSWORD");
    await tui.shows("session.issued");
    await tui.press(KEYS.esc);
    await tui.shows("Users (1)");
  },
);

onPglite("8 and a, and :why, ask about a name; L clears the limits of a client address", async (database) => {
  await using app = await startApp({ database, env: { LIMIT_GUESTS_PER_ADDRESS_HOUR: "1" } });
  const near = from(app, "203.0.113.7");
  await guest(near);
  await guest(near);
  await app.services.refusals.written();
  await using tui = await mount(app, { start: "flows" });
  await tui.press("8");
  await tui.shows("Press a and give a name, an address or an id");
  await tui.press("a", ..."203.0.113.7", KEYS.enter);
  await tui.shows("Why  client address 203.0.113.7", "1. LIMIT_REACHED", "LIMIT_GUESTS_PER_ADDRESS_HOUR");
  await tui.press("L", "y");
  await tui.shows("The limits are cleared");
  assert.equal((await guest(near)).__typename, "SignedIn");
  await tui.press(":", ..."why margarethe", KEYS.enter);
  await tui.shows("Why  username margarethe", "1. NO_SUCH_ACCOUNT", "No account has the name margarethe");
});

onPglite("an operator with the role READ sees the causes, and cannot clear limits", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { role: "READ" });
  await tui.press(":", ..."why ghost", KEYS.enter);
  await tui.shows("NO_SUCH_ACCOUNT");
  await tui.press("L");
  await tui.shows("This needs an operator token with the role OPERATE");
});
