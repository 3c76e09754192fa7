import assert from "node:assert/strict";
import { graphql } from "../../src/client/operator/graphql.ts";
import { startApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, signedIn, viewerOf } from "../support/people.ts";
import { setRoles } from "../support/roles.ts";
import { post } from "../support/wire.ts";
import { KEYS, mount } from "../support/tui.ts";

const ImportUsers = graphql(`
  mutation ImportPeople($users: [ImportUserInput!]!) { importUsers(users: $users) { __typename } }
`);

onPglite("the server searches users while the operator types", async (database) => {
  await using app = await startApp({ database });
  for (const name of ["ada", "adele", "grace"]) await newPerson(app, name);
  await using tui = await mount(app, { start: "users" });
  await tui.shows("Users (3)", "ada", "adele", "grace");
  await tui.press("/", "a", "d");
  await tui.shows("Users (2)", "ada", "adele");
  await tui.hides("grace");
  await tui.press("e");
  await tui.shows("Users (1)", "adele");
  await tui.press(KEYS.enter);
  await tui.shows("methods      PASSWORD", "PASSWORD TOKENS");
});

onPglite("the roles of a user are shown, and a change of them at once", async (database) => {
  await using app = await startApp({ database });
  const { id } = await newPerson(app, "ada");
  await using tui = await mount(app, { start: "users" });
  await tui.shows("methods      PASSWORD");
  await setRoles(app, await app.operatorToken("OPERATE"), id, ["editor", "admin"]);
  await tui.shows("roles        admin, editor");
});

onPglite("moving to the end of a list loads older rows", async (database) => {
  await using app = await startApp({ database });
  const users = Array.from({ length: 130 }, (_, index) => ({ username: `person${index + 1}` }));
  await (await app.operator()).request(ImportUsers, { users });
  await using tui = await mount(app, { start: "users" });
  await tui.shows("Users (130)", "1 of 50+");
  await tui.press("G");
  await tui.shows("50 of 100+");
  await tui.press("G");
  await tui.shows("100 of 130");
  await tui.press("G");
  await tui.shows("130 of 130");
  // The long list still updates live.
  await newPerson(app, "ada");
  await tui.shows("131 of 131", "Users (131)");
  await tui.press("g");
  await tui.shows("1 of 131", "ada");
});

onPglite(
  "the operator disables a user after a question, enables them again, and ends their sessions",
  async (database) => {
    await using app = await startApp({ database });
    const { accessToken } = await newPerson(app, "ada");
    await using tui = await mount(app, { start: "users" });
    await tui.shows("ada");
    await tui.press("b");
    await tui.shows("Disable ada? All their sessions end.");
    await tui.press("y");
    await tui.shows("✗ disabled", "b enable");
    assert.equal(await viewerOf(app, accessToken), null);
    await tui.press("b");
    await tui.hides("✗ disabled");
    const again = await signedIn(app, "ada");
    await tui.press("D");
    await tui.shows("End all sessions of ada?");
    await tui.press("y");
    await tui.shows("All sessions of ada have ended");
    assert.equal(await viewerOf(app, again.accessToken), null);
  },
);

onPglite("a refusal shows the id of its request", async (database) => {
  await using app = await startApp({ database });
  const { id } = await newPerson(app, "ada");
  await using tui = await mount(app, { start: "users" });
  await tui.shows("usr_");
  await app.services.db.deleteFrom("users").where("id", "=", id).execute();
  await tui.press("b", "y");
  await tui.shows(/Cannot .* · req_[0-9a-z]{12}/);
});

onPglite("the time of the last sign-in updates live", async (database) => {
  await using app = await startApp({ database });
  await newPerson(app, "ada");
  // A late event of the registration would reload the list and hide a missing update.
  await app.services.eventLog.settled();
  app.clock.advance(2 * 3600);
  await using tui = await mount(app, { start: "users" });
  await tui.shows(/ ada .* 2 h 0 min ago/, "signed in    2 h 0 min ago");
  await signedIn(app, "ada");
  await tui.shows(/ ada .* (now|\d+ s ago)/, /signed in {4}(now|\d+ s ago)/);
});

onPglite("the operator moves a user to one of the allowed next states", async (database) => {
  await using app = await startApp({ database });
  const { accessToken } = await newPerson(app, "ada");
  await using tui = await mount(app, { start: "users" });
  await tui.shows("state        AUTH", "next states  VISITOR, PAYMENT");
  await tui.press("S");
  await tui.shows("From AUTH to which state?", "[1] VISITOR  [2] PAYMENT");
  await tui.press("x", KEYS.esc);
  await tui.hides("to which state?");
  await tui.press("S", "1");
  await tui.shows("ada is now in state VISITOR", "state        VISITOR", "next states  AUTH");
  const { data } = await post(app, "{ authState { currentState } }", { token: accessToken });
  assert.deepEqual(data?.["authState"], { currentState: "VISITOR" });
});

onPglite("the operator deletes a user by typing their full name", async (database) => {
  await using app = await startApp({ database });
  await newPerson(app, "ada");
  await newPerson(app, "grace");
  await using tui = await mount(app, { start: "users" });
  await tui.shows("Users (2)", "1 of 2");
  await tui.press(KEYS.down);
  await tui.shows("2 of 2");
  await tui.press("d");
  await tui.shows("(type ada)");
  await tui.press("adb", KEYS.enter);
  await tui.shows("Nothing was deleted", "Users (2)");
  await tui.press("d", "ada", KEYS.enter);
  await tui.shows("Users (1)", "grace");
  await tui.hides(/ ada /);
});

onPglite("s opens a user's sessions, and Esc goes back", async (database) => {
  await using app = await startApp({ database });
  const first = await newPerson(app, "ada");
  const second = await signedIn(app, "ada");
  await using tui = await mount(app, { start: "users" });
  await tui.shows("ada");
  await tui.press("s");
  await tui.shows("Sessions of ada", "1 of 2", "ada › Sessions");
  await tui.press("d", "y");
  await tui.shows("The session has ended", "1 of 1");
  const alive = [await viewerOf(app, first.accessToken), await viewerOf(app, second.accessToken)];
  assert.deepEqual(alive, ["ada", null]);
  await tui.press("D", "y");
  await tui.shows("No active sessions");
  assert.equal(await viewerOf(app, first.accessToken), null);
  await tui.press(KEYS.esc);
  await tui.shows("Users (1)");
});

onPglite("the list of all sessions updates live", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { start: "sessions" });
  await tui.shows("No active sessions");
  await newPerson(app, "ada");
  await tui.shows("1 of 1", "ada", "transport    TOKENS");
});
