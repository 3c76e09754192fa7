import assert from "node:assert/strict";
import { createClient } from "../../src/client/operator/client.ts";
import { greet } from "../../tui/greet.ts";
import { startApp } from "../support/app.ts";
import { onPostgres } from "../support/databases.ts";
import { KEYS, mount } from "../support/tui.ts";
import { breakableNetwork } from "../support/tui_network.ts";

// All of this is the terminal's alone, so one database will do: the one where the sanitizers see what is left open.

const RevokeOperator = `mutation ($id: ID!) { revokeOperator(id: $id) { __typename } }`;

onPostgres(
  "numbers, the palette and Esc go everywhere; the help is the keys' own table",
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
    await tui.shows("There is no screen called nowhere");
  },
);

onPostgres("keys that come in one piece are taken one by one", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app);
  await tui.press("5:users\r");
  await tui.shows(/\n Users/);
});

onPostgres(
  "a long paste without brackets is one piece of text, and the keys after it act",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { start: "events" });
    await tui.shows("following");
    await tui.press("y".repeat(3_000));
    assert.deepEqual(tui.desktop.copied, [], "where no text is asked for, none of it is a key");
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
    await tui.shows("No event is like that");
    assert.equal(pieces, 1);
    // One frame has at most what the screen holds; a frame for each key would be some thousand screens.
    assert.ok(tui.written().length - before < 200_000, String(tui.written().length - before));
  },
);

onPostgres("a paste is text where text is asked for, and no keys anywhere else", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { start: "events" });
  await tui.shows("following");
  tui.paste("q2\n");
  await tui.press("/");
  tui.paste("y".repeat(1_000_000));
  await tui.shows(" / yyyy");
  await tui.press(KEYS.enter);
  await tui.shows("No event is like that");
});

onPostgres(
  "a terminal that is too small says so, and everything is there again when it grows",
  async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app, { columns: 80, rows: 24 });
    await tui.shows("1 Flows", "q quit");
    tui.resize(20, 5);
    await tui.shows("The terminal is");
    tui.resize(80, 24);
    await tui.shows("1 Flows", "q quit");
    // In a narrow window the detail opens on Enter and Esc comes back.
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
  "the screen is never cleared as a whole but on entering, leaving and resizing",
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

/** How often everything was erased: as Ink does it, and as others do. */
function clears(written: string): number {
  // deno-lint-ignore no-control-regex
  return written.match(/\x1b\[(2J|3J|1;1H\x1b\[J|H\x1b\[J)|\x1bc/g)?.length ?? 0;
}

for (const [what, leave] of [["q", "q"], ["Ctrl+C", KEYS.ctrlC]] as const) {
  onPostgres(`${what} leaves the terminal as it was`, async (database) => {
    await using app = await startApp({ database });
    await using tui = await mount(app);
    await tui.shows("● live");
    assert.equal(tui.terminal.buffer.active.type, "alternate");
    await tui.press(leave);
    await tui.left;
    assert.equal(tui.terminal.buffer.active.type, "normal");
    assert.ok(
      tui.written().lastIndexOf("\x1b[?25h") > tui.written().lastIndexOf("\x1b[?25l"),
      "the cursor is hidden",
    );
    assert.ok(
      tui.written().lastIndexOf("\x1b[?2004l") > tui.written().lastIndexOf("\x1b[?2004h"),
      "pastes are marked",
    );
    assert.equal(tui.screen().trim(), "");
  });
}

onPostgres("a token that may only read sees what it may not do, and why", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { role: "READ" });
  await tui.shows("n new Modal flow");
  await tui.press("n");
  await tui.shows("This needs an operator token with the role OPERATE");
});

onPostgres("read-only leaves out the keys that change anything", async (database) => {
  await using app = await startApp({ database });
  await using tui = await mount(app, { readOnly: true });
  await tui.shows("READ-ONLY", "open page");
  await tui.hides("new Modal flow", "cancel");
  await tui.press("n");
  await tui.hides("Source");
});

onPostgres("the first frame waits for no server, and fills when it answers", async (database) => {
  await using app = await startApp({ database });
  const network = breakableNetwork(app);
  const token = await app.operatorToken("READ");
  network.hang();
  await using tui = await mount(app, { fetch: network.fetch, token, unanswered: true });
  await tui.shows(
    "Sallyport 127.0.0.1:4000",
    "○ connecting",
    "The server has yet to answer",
    "Reading …",
    "1 Flows",
  );
  await tui.press("n");
  await tui.shows("The server has yet to say what this token allows");
  network.up();
  await tui.shows("Sallyport 0.1.0 EMULATED", "● live", "There is no flow yet");
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

onPostgres("a token that is revoked meanwhile is told so", async (database) => {
  await using app = await startApp({ database });
  const token = await app.operatorToken("READ");
  await using tui = await mount(app, { token });
  await tui.shows("● live");
  const { operator } = await greet(app.client(token));
  const own = await greet(app.client(await app.operatorToken()));
  assert.notEqual(operator?.name, own.operator?.name);
  await revoke(operator?.name ?? "");
  await tui.shows("✗ refused", "The server refuses this token");

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
  "with NO_COLOR nothing has a colour, and the signs still say what it means",
  async (database) => {
    await using app = await startApp({ database });
    for (const noColor of [false, true]) {
      await using tui = await mount(app, { noColor, start: "health" });
      await tui.shows("● live", "✓ database");
      // deno-lint-ignore no-control-regex
      assert.equal(/\x1b\[(3[0-7]|9[0-7]|38;[0-9;]+)m/.test(tui.written()), !noColor);
    }
  },
);

onPostgres(
  "a wrong URL, a refused token and an older server each have one clear answer",
  async (database) => {
    await using app = await startApp({ database });
    const url = "http://127.0.0.1:4000";
    const nobody = createClient({ url, fetch: () => Promise.reject(new TypeError("refused")) });
    await assert.rejects(
      greet(nobody),
      /^CannotStart: Cannot reach the server at .*: start it with `deno task dev`/,
    );
    const stranger = createClient({ url, fetch: () => Promise.resolve(new Response("<html>")) });
    await assert.rejects(greet(stranger), /is not Sallyport/);
    await assert.rejects(
      greet(app.client("slp_op_wrong")),
      /refuses the token: it is wrong, revoked or expired/,
    );
    const error = {
      message: 'Cannot query field "operator"',
      extensions: { code: "GRAPHQL_VALIDATION_FAILED" },
    };
    const older = createClient({ url, fetch: () => Promise.resolve(Response.json({ errors: [error] })) });
    await assert.rejects(greet(older), /is older than this terminal/);
  },
);
