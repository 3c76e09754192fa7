import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { startServer, workspace } from "../support/processes.ts";
import { startTmux, type Tmux } from "../support/tmux.ts";

/** Runs the server with its emulators, and the terminal in a real pseudo-terminal. */
async function journey(walk: (tmux: Tmux, restart: Restart) => Promise<void>): Promise<void> {
  await using place = await workspace();
  await using servers = new AsyncDisposableStack();
  const start = async () => servers.use(await startServer("dev", place, { PORT }));
  let server = await start();
  await server.token();
  await using tmux = await startTmux(place.env);
  await tmux.type("deno task tui", "Enter");
  await tmux.shows("Sallyport", "● live", "No flows yet");
  assert.equal(await tmux.format("#{alternate_on}"), "1");
  await walk(tmux, {
    async kill() {
      server.kill("SIGKILL");
      await server.finished;
      await Deno.remove(`${place.dir}/server.json`);
    },
    async start() {
      server = await start();
    },
  });
}

/** Kills the server as a power failure would, and starts it again on the same data. */
type Restart = { kill(): Promise<void>; start(): Promise<void> };

const PORT = String(portOutsideEphemeral());

/** Asserts that the shell's lines and the cursor are back, and that typing is echoed. */
async function assertRestored(tmux: Tmux, before = "Task tui"): Promise<void> {
  await eventually("the alternate screen is left", async () => await tmux.format("#{alternate_on}") === "0");
  assert.equal(await tmux.format("#{cursor_flag}"), "1");
  assert.equal(await tmux.format("#{mouse_any_flag}"), "0");
  await tmux.type("echo still $((40 + 2))", "Enter");
  await tmux.shows("still 42", "echo still $((40 + 2))", before);
}

/** The pid of the terminal itself, not of the task that started it. */
async function terminalPid(tmux: Tmux): Promise<string> {
  return await eventually("the terminal's process", async () => (await tmux.processes("tui/main.ts"))[0]);
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "the operator starts a Modal flow, approves it, reveals its token and quits; the terminal is restored",
  options,
  async () => {
    await journey(async (tmux) => {
      await tmux.type("n");
      await tmux.shows("Source");
      await tmux.type("Enter");
      await tmux.shows("lifetime in seconds");
      await tmux.type("Enter");
      await tmux.shows("● WAITING", "poll 1 of 10");
      // The full-screen detail shows the whole URL.
      await tmux.type("Enter");
      const waiting = await tmux.shows("Approve it on this page", "● 3 Waiting", "Esc back to the list");
      const url = /http:\S+token-flow\S+/.exec(waiting)?.[0];
      await (await fetch(`${url}/approve`, { method: "POST", redirect: "manual" })).body?.cancel();
      await tmux.shows("✓ SUCCEEDED", "stored and verified");
      await tmux.type("2");
      await tmux.shows("HEALTHY", "refreshable");
      await tmux.type("R");
      await tmux.shows("Show the secret");
      await tmux.type("y");
      await tmux.shows("tokenSecret: as-", "closes in");
      await tmux.type("Escape");
      await tmux.hides("tokenSecret");
      await tmux.type("q");
      await assertRestored(tmux);
      assert.doesNotMatch(await tmux.history(), /as-\w/);
    });
  },
);

Deno.test(
  "the terminal shows that the server was killed, and reconnects when it is back",
  options,
  async () => {
    await journey(async (tmux, server) => {
      await tmux.type("5");
      await tmux.shows("Events  following");
      await server.kill();
      await tmux.shows("! reconnecting", "Cannot reach the server");
      await server.start();
      await tmux.shows("● live");
      await tmux.type("1", "n");
      await tmux.shows("Source");
      await tmux.type("Enter");
      await tmux.shows("lifetime in seconds");
      await tmux.type("Enter");
      await tmux.shows("● WAITING", "poll 1 of 10");
      await tmux.type("5");
      await tmux.shows("Events  following", "flow.started");
      await tmux.type("q");
      await assertRestored(tmux);
    });
  },
);

Deno.test(
  "the terminal does not wait for a slow server; a later refusal is printed on the restored terminal",
  options,
  async () => {
    await using place = await workspace();
    const answer = Promise.withResolvers<void>();
    const error = { message: "No", extensions: { code: "UNAUTHENTICATED" } };
    await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, async () => {
      await answer.promise;
      return Response.json({ errors: [error] });
    });
    await using tmux = await startTmux(place.env);
    await tmux.type(`deno task tui --url http://127.0.0.1:${server.addr.port} --token wrong`, "Enter");
    await tmux.shows("○ connecting", "1 Flows", "Loading …");
    answer.resolve();
    await tmux.shows("rejects the token: it is wrong, revoked or expired");
    await assertRestored(tmux, "rejects the token");
  },
);

Deno.test("Ctrl+C and kill -TERM restore the terminal", options, async () => {
  await journey(async (tmux) => {
    await tmux.type("C-c");
    await assertRestored(tmux);
    await tmux.type("clear; deno task tui", "Enter");
    await tmux.shows("● live");
    Deno.kill(Number(await terminalPid(tmux)), "SIGTERM");
    await assertRestored(tmux);
  });
});

Deno.test("a crash restores the terminal and prints the error", options, async () => {
  await journey(async (tmux) => {
    await tmux.type("q");
    await assertRestored(tmux);
    for (const fault of ["timer", "promise"]) {
      await tmux.type(`clear; deno run -A tests/support/crashing_terminal.ts ${fault}`, "Enter");
      await tmux.shows("● live");
      await tmux.type("m");
      await tmux.shows("a click chooses a row");
      assert.equal(await tmux.format("#{mouse_any_flag}"), "1");
      await tmux.type("7");
      await tmux.shows("  1 of ");
      // A step of the wheel.
      await tmux.type("Escape", "[<65;5;9M");
      await tmux.shows("  2 of ");
      await tmux.type("5");
      await tmux.shows("Events  following", "cursor");
      await tmux.type("y");
      await tmux.shows("an injected fault");
      await assertRestored(tmux, "an injected fault");
    }
  });
});
