import assert from "node:assert/strict";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson, viewerOf } from "../support/people.ts";
import { newCredential } from "../support/credentials.ts";
import { CancelFlow, startFlow } from "../support/modal_flows.ts";
import { unavailable } from "../../src/emulators/modal/switches.ts";
import { KEYS, mount, type Mounted } from "../support/tui.ts";

const SPACE = " ";
const CTRL_Z = "\x1a";

/** The names of these people in the order of the table. */
function order(screen: string, names: string[]): string[] {
  return names.toSorted((one, other) => screen.indexOf(` ${one} `) - screen.indexOf(` ${other} `));
}

const NAMES = ["carol", "ada", "bob"];

async function withPeople(app: TestApp) {
  const people = [];
  for (const name of NAMES) people.push(await newPerson(app, name));
  return people;
}

async function users(app: TestApp): Promise<Mounted> {
  const tui = await mount(app, { start: "users" });
  await tui.shows("Users (3)", ...NAMES);
  return tui;
}

onPglite("a list is sorted by its columns, reversed, and again in the server's order", async (database) => {
  await using app = await startApp({ database });
  await withPeople(app);
  await using tui = await users(app);
  assert.deepEqual(order(tui.screen(), NAMES), ["bob", "ada", "carol"]);
  await tui.press("I");
  await tui.shows("Press > to sort the list first");
  await tui.press(">");
  assert.deepEqual(order(await tui.shows("NAME ▲"), NAMES), ["ada", "bob", "carol"]);
  await tui.press("I");
  assert.deepEqual(order(await tui.shows("NAME ▼"), NAMES), ["carol", "bob", "ada"]);
  await newPerson(app, "zoe");
  assert.deepEqual(order(await tui.shows("Users (4)", "zoe"), [...NAMES, "zoe"]), [
    "zoe",
    "carol",
    "bob",
    "ada",
  ]);
  await tui.press("<");
  assert.deepEqual(order(await tui.hides("▼"), NAMES), ["bob", "ada", "carol"]);
});

onPglite("a wide list has more columns", async (database) => {
  await using app = await startApp({ database });
  await withPeople(app);
  await using tui = await users(app);
  await tui.hides("E-MAIL");
  tui.resize(200, 36);
  await tui.shows("E-MAIL");
});

onPglite("marked users are disabled together, after one question", async (database) => {
  await using app = await startApp({ database });
  const [carol, ada, bob] = await withPeople(app);
  await using tui = await users(app);
  await tui.press(">");
  await tui.shows("NAME ▲");
  await tui.press(SPACE, KEYS.down, SPACE);
  await tui.shows("2 marked", /\*ada /, /\*bob /, "disable: 2 marked");
  await tui.press(KEYS.down, SPACE, SPACE);
  await tui.shows("2 marked");
  await tui.press("b");
  await tui.shows("Disable these users, and end all their sessions? 2 marked");
  await tui.press("n");
  await tui.hides("Disable these users");
  await tui.press("b", "y");
  await tui.shows("Done for 2 of 2", /ada .*✗ AUTH disabled/, /bob .*✗ AUTH disabled/);
  await tui.hides("marked");
  const tokens = [ada, bob, carol].map((person) => person?.accessToken ?? "");
  const viewers = await Promise.all(tokens.map((token) => viewerOf(app, token)));
  assert.deepEqual(viewers.map((viewer) => viewer !== null), [false, false, true]);
});

onPglite("marked sessions end together, and Esc clears the marks", async (database) => {
  await using app = await startApp({ database });
  const [carol, ada] = await withPeople(app);
  await using tui = await mount(app, { start: "sessions" });
  await tui.shows(...NAMES);
  await tui.press(SPACE);
  await tui.shows("1 marked");
  await tui.press(KEYS.esc);
  await tui.hides("1 marked");
  await tui.press(">", SPACE, KEYS.down, KEYS.down, SPACE);
  await tui.shows("2 marked", /\*ada /, /\*carol /);
  await tui.press("d");
  await tui.shows("End these sessions? 2 marked");
  await tui.press("y");
  await tui.shows("Done for 2 of 2");
  await tui.hides("carol");
  for (const person of [carol, ada]) assert.equal(await viewerOf(app, person?.accessToken ?? ""), null);
});

onPglite("a refused row does not stop the others", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  await startFlow(operator, { wait: false });
  await startFlow(operator, { wait: false });
  const { id } = await startFlow(operator, { wait: false });
  await using tui = await mount(app);
  await tui.shows("1 of 3");
  await tui.press(SPACE, KEYS.down, SPACE);
  await tui.shows("2 marked");
  await operator.request(CancelFlow, { id });
  await tui.shows("CANCELLED");
  await tui.press("d", "y");
  await tui.shows("Done for 1 of 2. The first refusal: ");
  await tui.press("g");
  await tui.shows(/CANCELLED[^]*CANCELLED[^]*PENDING/);
});

onPglite("ctrl+z limits flows and tokens to those that need attention, on the server", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  await newCredential(app, operator, 3_600);
  await newCredential(app, operator);
  await startFlow(operator, { wait: false });
  const { tokenFlowId } = await startFlow(operator, { wait: false });
  app.modal.switches.faults = [unavailable(Infinity, "TokenFlowWait")];
  await using tui = await mount(app);
  await tui.shows("1 of 2", "○ PENDING");
  await tui.press("W");
  await tui.shows("! RETRYING");
  await tui.press(CTRL_Z);
  await tui.shows("1 of 1", "needs attention", "! RETRYING");
  app.modal.switches.faults = [];
  app.modal.approve(tokenFlowId);
  await tui.shows("No flow needs attention");
  await tui.press(CTRL_Z);
  await tui.shows("1 of 2", "✓ SUCCEEDED");

  await tui.press("2");
  await tui.shows("1 of 3");
  await tui.press(CTRL_Z);
  await tui.shows("No credential needs attention");
  app.clock.advance(3_601);
  await tui.shows("1 of 1", "✗ REAUTHORIZATION_REQUIRED");
});
