import assert from "node:assert/strict";
import { PastEvents } from "../../tui/documents/events.ts";
import { type Binding, shownKey } from "../../tui/keys.ts";
import { SCREENS, TITLES } from "../../tui/terminal.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { requestCode } from "../support/codes.ts";
import { newCredential } from "../support/credentials.ts";
import { onPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { newPerson, type Person } from "../support/people.ts";
import { answered, KEYS, mount, type Mounted } from "../support/tui.ts";

// These tests cover only the terminal, so one database is enough. On Postgres the sanitizers report leaks.

/** Creates two of everything: first for ada, then for grace. */
async function twoOfEverything(app: TestApp): Promise<{ people: Person[]; tokenIds: string[] }> {
  const operator = await app.operator();
  const people: Person[] = [];
  const tokenIds: string[] = [];
  for (const name of ["ada", "grace"]) {
    people.push(await newPerson(app, name));
    tokenIds.push((await newCredential(app, operator, 30 * 86_400)).tokenId);
    await requestCode(app, `${name}@example.test`);
    await app.inbox.next(`${name}@example.test`);
  }
  // The last events of both mails: a later event would change the selection of the Events screen.
  await eventually("the mails are sent", async () => {
    const { events } = await operator.request(PastEvents, { last: 9, types: ["email_code.sent"] });
    return events.nodes.length === 2;
  });
  return { people, tokenIds };
}

onPostgres("the help and the footer list every key on every screen", async (database) => {
  await using app = await startApp({ database });
  await twoOfEverything(app);
  await using tui = await mount(app, { columns: 160, rows: 60 });
  for (const [index, screen] of SCREENS.entries()) {
    await tui.press(String(index + 1));
    await tui.shows(LOADED[screen]);
    const layers = tui.layers.get().toReversed();
    assert.deepEqual(layers.map(({ title }) => title.split("  ")[0]?.replace(/ \(\d+\)$/, "")), [
      TITLES[screen],
      "Everywhere",
    ]);
    const bindings = layers.flatMap(({ bindings }) => bindings);
    await showsFooter(tui, bindings);
    await tui.press("?");
    const help = (await tui.shows("Keys", "Everywhere", "Esc close")).split("\n");
    const from = help.findIndex((line) => line.trim() === "Keys");
    const wanted = layers.flatMap(({ title, bindings }) => [title, ...bindings.map(helpOf)]);
    const shown = help.slice(from + 1).map(spaced).filter(Boolean);
    assert.deepEqual(shown.slice(0, wanted.length), wanted.map(spaced), screen);
    // On a busy machine, an alarm of the latency stands above the footer.
    const others = shown.slice(wanted.length).filter((line) => !line.startsWith("latency: "));
    assert.deepEqual(others, ["Esc close"], "the help shows other lines");
    for (const { bindings } of layers) {
      const keys = bindings.flatMap(({ keys }) => keys);
      assert.equal(new Set(keys).size, keys.length, `a key of ${screen} has two bindings`);
    }
    await tui.press(KEYS.esc);
    await tui.hides("Everywhere");
  }
});

type Numbered = (typeof SCREENS)[number];

/** Text that appears when a screen has loaded. */
const LOADED: Record<Numbered, RegExp> = {
  flows: /of 2[^]*tries left/,
  tokens: /of 2[^]*refreshable/,
  users: /Users \(2\)[^]*PASSWORD TOKENS/,
  sessions: /of 2[^]*last seen/,
  events: /following[^]*cursor[^]*role: REVEAL/,
  mail: /of 2[^]*attempts/,
  health: /of \d+[^]*Recent errors/,
  why: /Press a and give a name/,
};

function helpOf({ keys, hint, disabled, needs, danger }: Binding): string {
  const notes = [danger && "asks first", needs && `role ${needs}`, disabled].filter(Boolean).join(" · ");
  return `${keys.map(shownKey).join(" ")} ${hint} ${notes}`;
}

function spaced(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}

/** Waits for the footer, which is rendered after the screen's content. */
async function showsFooter(tui: Mounted, bindings: readonly Binding[]): Promise<void> {
  const foot = () => spaced(tui.screen().split("\n").slice(-2).join(" "));
  const hints = bindings.filter(({ quiet }) => !quiet).map(({ keys, hint }) =>
    `${shownKey(keys[0] ?? "")} ${hint}`
  );
  await eventually(`the footer is ${hints.join(" ")}`, () => foot() === hints.join(" "));
}

onPostgres("/ filters every list by words, and Esc clears the filter", async (database) => {
  await using app = await startApp({ database });
  const { tokenIds: [token = ""] } = await twoOfEverything(app);
  const cases: [screen: Numbered, filter: string, shown: string, hidden: string][] = [
    ["flows", "ada@", "ada@example.test", "grace@example.test"],
    ["tokens", token, token, "1 of 2"],
    ["sessions", "ada", "1 of 1", "grace"],
    ["mail", "ada@ sent", "ada@example.test", "grace@example.test"],
    ["health", "event tail", "✓ event tail", "✓ migrations"],
  ];
  await using tui = await mount(app);
  for (const [screen, filter, shown, hidden] of cases) {
    await tui.press(String(SCREENS.indexOf(screen) + 1));
    await tui.shows(LOADED[screen]);
    await tui.press("/", ...filter);
    await tui.shows("1 of 1", ` / ${filter}▏`, shown);
    await tui.hides(hidden);
    await tui.press(KEYS.enter);
    await tui.shows(`${TITLES[screen]}  1 of 1  / ${filter}`, "Esc clear filter");
    await tui.press("/", ..." nothing-like-it");
    await tui.shows(/No (flows|credentials|sessions|mails|checks) match/);
    await tui.press(KEYS.esc);
    await tui.shows(LOADED[screen]);
    await tui.hides(/1 of 1\b/, `/ ${filter}`);
  }
});

onPostgres("r reloads a list", async (database) => {
  await using app = await startApp({ database });
  await twoOfEverything(app);
  const asked: string[] = [];
  const fetch = async (request: Request) => {
    const text = await request.clone().text();
    asked.push(/(?:query|subscription) (\w+)/.exec(text)?.[1] ?? "");
    return await answered(app, request);
  };
  await using tui = await mount(app, { fetch });
  const lists = { flows: "ListFlows", tokens: "ListCredentials", users: "SearchUsers" } as const;
  const more = { sessions: "ListSessions", mail: "ListMails" } as const;
  for (const [screen, query] of Object.entries({ ...lists, ...more })) {
    const count = () => asked.filter((each) => each === query).length;
    await tui.press(String(SCREENS.indexOf(screen as Numbered) + 1));
    await tui.shows(LOADED[screen as Numbered]);
    assert.equal(count(), 1, `${screen} is loaded once without changes`);
    await tui.press("r");
    await eventually(`${query} is sent again`, () => count() === 2);
  }
});

onPostgres("e opens the events of a flow, and u the user of a session", async (database) => {
  await using app = await startApp({ database });
  const { people: [, grace] } = await twoOfEverything(app);
  await using tui = await mount(app);
  const flow = /flw_\w+/.exec(await tui.shows(LOADED.flows, "grace@example.test"))?.[0] ?? "";
  await tui.press("e");
  await tui.shows(`${flow} › Events`, "flow.started", "email_code.requested", `flow         ${flow}`);
  await tui.hides("session.issued");
  await tui.press(KEYS.esc, "4");
  await tui.shows(LOADED.sessions, "last seen");
  await tui.press("y");
  await tui.shows("Copied the id");
  assert.match(tui.desktop.copied[0] ?? "", /^ses_\w{26}$/);
  await tui.shows(tui.desktop.copied[0] ?? "");
  await tui.press("u");
  await tui.shows("grace › Users", "Users (1)", grace?.id ?? "-");
  await tui.press(KEYS.esc);
  await tui.shows(LOADED.sessions);
});
