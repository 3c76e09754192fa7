import assert from "node:assert/strict";
import { createClient } from "../../src/client/operator/client.ts";
import { greet } from "../../tui/greet.ts";
import { startApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { KEYS, mount } from "../support/tui.ts";
import { breakableNetwork } from "../support/tui_network.ts";

// These tests cover only the terminal, so one database is enough. On Postgres the sanitizers report leaks.

const RevokeOperator = `mutation ($id: ID!) { revokeOperator(id: $id) { __typename } }`;

onPostgres(
  "numbers and the palette open every screen, and ? lists the keys",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app);
    for (
      const [key, title] of [["2", "Tokens"], ["3", "Users"], ["4", "Sessions"], ["6", "Mail"], [
        "7",
        "Health",
      ]]
    ) {
      await tui.press(key ?? "");
      await tui.shows(new RegExp(`\n ${title}`));
    }
    await tui.press(":", "events", KEYS.enter);
    await tui.shows("Events  following");
    await tui.press("?");
    const help = await tui.shows("Keys", "only this type", "pause", "Everywhere");
    assert.match(help, /t +only this type/);
    await tui.press(KEYS.esc);
    await tui.hides("Everywhere");
    await tui.press(":", "nowhere", KEYS.enter);
    await tui.shows("Unknown screen: nowhere");
  },
);

onPostgres("keys that arrive in one read are handled one by one", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app);
  await tui.press("5:users\r");
  await tui.shows(/\n Users/);
});

onPostgres(
  "a long paste without brackets is one piece of text, and the key after it works",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { start: "events" });
    await tui.shows("following");
    await tui.press("y".repeat(3_000));
    assert.deepEqual(tui.desktop.copied, [], "without a text field, the paste triggers no key");
    await tui.press("/");
    await tui.shows(" /");
    let pieces = 0;
    const counted = () => {
      const layer = tui.layers.get().at(-1);
      const { type } = layer ?? {};
      assert.ok(layer && type, "a field takes text");
      layer.type = (text) => {
        pieces += 1;
        type(text);
      };
    };
    counted();
    const before = tui.written().length;
    await tui.press(`${"x".repeat(2_999)}!${KEYS.enter}`);
    await tui.shows("The server has no such events");
    assert.equal(pieces, 1);
    // A few frames are small; a frame for each key would be thousands of screens.
    assert.ok(tui.written().length - before < 200_000, String(tui.written().length - before));
  },
);

onPostgres("a paste goes into a text field, and is ignored elsewhere", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { start: "events" });
  await tui.shows("following");
  tui.paste("q2\n");
  await tui.press("/");
  tui.paste("y".repeat(1_000_000));
  await tui.shows(" / yyyy");
  await tui.press(KEYS.enter);
  await tui.shows("The server has no such events");
});

onPostgres(
  "a terminal that is too small shows a message, and the screen returns when it grows",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { columns: 80, rows: 24 });
    await tui.shows("1 Flows", "q quit");
    tui.resize(20, 5);
    await tui.shows("The terminal is");
    tui.resize(80, 24);
    await tui.shows("1 Flows", "q quit");
    // In a narrow window, Enter opens the detail and Esc goes back.
    await tui.press("5");
    await tui.shows("operator.created");
    await tui.hides("cursor");
    await tui.press(KEYS.enter);
    await tui.shows("cursor", "role:");
    await tui.press(KEYS.esc);
    await tui.shows("following");
  },
);

onPostgres(
  "the whole screen is cleared only at the start, at the end and on resize",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app);
    await tui.shows("● live");
    const entered = clears(tui.written());
    for (const key of ["1", "2", "3", "4", "5", "6", "7", "?", KEYS.esc, "5", "j", "k", "/", "x", KEYS.esc]) {
      await tui.press(key);
      await tui.shows("Sallyport");
    }
    assert.equal(clears(tui.written()), entered);
    await tui.press("q");
    await tui.left;
  },
);

/** The number of full clears, with any of the usual sequences. */
function clears(written: string): number {
  return written.replaceAll("\x1b", "ESC").match(/ESC\[(2J|3J|1;1HESC\[J|HESC\[J)|ESCc/g)?.length ?? 0;
}

for (const [name, key] of [["q", "q"], ["Ctrl+C", KEYS.ctrlC]] as const) {
  onPostgres(`${name} quits and restores the terminal`, async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app);
    await tui.shows("● live");
    assert.equal(tui.terminal.buffer.active.type, "alternate");
    await tui.press(key);
    await tui.left;
    assert.equal(tui.terminal.buffer.active.type, "normal");
    assert.ok(
      tui.written().lastIndexOf("\x1b[?25h") > tui.written().lastIndexOf("\x1b[?25l"),
      "the cursor stayed hidden",
    );
    assert.ok(
      tui.written().lastIndexOf("\x1b[?2004l") > tui.written().lastIndexOf("\x1b[?2004h"),
      "bracketed paste stayed on",
    );
    assert.equal(tui.screen().trim(), "");
  });
}

onPostgres("a READ token sees the disabled keys, and the reason when one is pressed", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { role: "READ" });
  await tui.shows("n new Modal flow");
  await tui.press("n");
  await tui.shows("This needs an operator token with the role OPERATE");
});

onPostgres("--read-only removes the keys that change something", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { readOnly: true });
  await tui.shows("READ-ONLY", "open page");
  await tui.hides("new Modal flow", "cancel");
  await tui.press("n");
  await tui.hides("Source");
});

onPostgres("the first frame does not wait for the server, and fills when it answers", async (database) => {
  await using app = await startApp({ database });
  const network = breakableNetwork(app);
  const token = await app.operatorToken("READ");
  network.hang();
  await using tui = await mount(app, { fetch: network.fetch, token, unanswered: true });
  await tui.shows(
    "Sallyport 127.0.0.1:4000",
    "○ connecting",
    "Waiting for the server's first answer",
    "Loading …",
    "1 Flows",
  );
  await tui.press("n");
  await tui.shows("Still connecting. The role of this token is not known yet");
  network.up();
  await tui.shows("Sallyport 0.1.0 EMULATED", "● live", "No flows yet");
  await tui.press("n");
  await tui.shows("This needs an operator token with the role OPERATE");
});

onPostgres(
  "a lost connection shows as reconnecting",
  async (database) => {
    await using app = await startApp({ database });
    const network = breakableNetwork(app);
    await using tui = await mount(app, { fetch: network.fetch, staleMs: 600_000 });
    await tui.shows("● live");
    network.down();
    await tui.shows("! reconnecting", "Cannot reach the server");
    network.up();
    await tui.shows("● live");
    await tui.hides("reconnecting");
  },
);

onPostgres(
  "a connection lost for longer shows as stale, refuses actions, and recovers",
  async (database) => {
    await using app = await startApp({ database });
    const network = breakableNetwork(app);
    await using tui = await mount(app, { fetch: network.fetch, staleMs: 300 });
    await tui.shows("● live");
    network.down();
    await tui.shows("✗ stale, reconnecting");
    await tui.press("n", KEYS.enter, KEYS.enter);
    await tui.shows("Cannot reach the server");
    network.up();
    await tui.shows("● live");
    await tui.hides("stale", "reconnecting");
  },
);

onPostgres("the terminal shows when its token is revoked", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  await using tui = await mount(app, { token });
  await tui.shows("● live");
  const { operator } = await greet(app.client(token));
  const own = await greet(app.client(await app.operatorToken()));
  assert.notEqual(operator?.name, own.operator?.name);
  await revoke(operator?.name ?? "");
  await tui.shows("✗ token rejected", "The server rejects this token");

  async function revoke(name: string): Promise<void> {
    const admin = await app.operatorToken();
    const ask = (query: string, variables = {}) =>
      app.fetch(
        new Request("http://127.0.0.1:4000/graphql", {
          method: "POST",
          headers: { "content-type": "application/json", authorization: `Bearer ${admin}` },
          body: JSON.stringify({ query, variables }),
        }),
      ).then((response) => response.json());
    const { data } = await ask("{ operators { id name } }");
    const { id } = data.operators.find((each: { name: string }) => each.name === name);
    await ask(RevokeOperator, { id });
  }
});

onPostgres(
  "NO_COLOR removes the colours and keeps the signs",
  async (database) => {
    await using app = await startApp({ database });
    for (const noColor of [false, true]) {
      await using tui = await mount(app, { noColor, start: "health" });
      await tui.shows("● live", "✓ database");
      const written = tui.written().replaceAll("\x1b", "ESC");
      assert.equal(/ESC\[(3[0-7]|9[0-7]|38;[0-9;]+)m/.test(written), !noColor);
    }
  },
);

onPostgres(
  "a wrong URL, a rejected token and an older server each give one clear message",
  async (database) => {
    await using app = await startApp({ database });
    const url = "http://127.0.0.1:4000";
    const unreachable = createClient({ url, fetch: () => Promise.reject(new TypeError("refused")) });
    await assert.rejects(
      greet(unreachable),
      /^CannotStart: Cannot reach the server at .*\. Start it with `deno task dev`/,
    );
    const otherServer = createClient({ url, fetch: () => Promise.resolve(new Response("<html>")) });
    await assert.rejects(greet(otherServer), /is not Sallyport/);
    await assert.rejects(
      greet(app.client("slp_op_wrong")),
      /rejects the token: it is wrong, revoked or expired/,
    );
    const error = {
      message: 'Cannot query field "operator"',
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    };
    const older = createClient({ url, fetch: () => Promise.resolve(Response.json({ errors: [error] })) });
    await assert.rejects(greet(older), /is older than this terminal/);
  },
);
