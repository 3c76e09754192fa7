import assert from "node:assert/strict";
import { eventually } from "../support/eventually.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { startServer, workspace } from "../support/processes.ts";
import { startTmux, type Tmux } from "../support/tmux.ts";

/** The server with its emulators, and the terminal beside it in a real pseudo-terminal. */
async function journey(walk: (tmux: Tmux, restart: Restart) => Promise<void>): Promise<void> {
  await using place = await workspace();
  await using servers = new AsyncDisposableStack();
  const start = async () => servers.use(await startServer("dev", place, { PORT }));
  let server = await start();
  await server.token();
  await using tmux = await startTmux(place.env);
  await tmux.type("deno task tui", "Enter");
  await tmux.shows("Sallyport", "● live", "There is no flow yet");
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

/** Ends the server as a power failure does, and starts it again at the same place. */
type Restart = { kill(): Promise<void>; start(): Promise<void> };

const PORT = String(portOutsideEphemeral());

/** The shell's own lines are there again, the cursor is seen, and what is typed is echoed. */
async function isAsItWas(tmux: Tmux, before = "Task tui"): Promise<void> {
  await eventually("the alternate screen is left", async () => await tmux.format("#{alternate_on}") === "0");
  assert.equal(await tmux.format("#{cursor_flag}"), "1");
  await tmux.type("echo still $((40 + 2))", "Enter");
  await tmux.shows("still 42", "echo still $((40 + 2))", before);
}

/** The process that draws, and not the task that started it. */
async function terminalPid(tmux: Tmux): Promise<string> {
  return await eventually("the terminal's process", async () => (await tmux.processes("tui/main.ts"))[0]);
}

const options = { sanitizeOps: false, sanitizeResources: false };

Deno.test(
  "a Modal flow is started, approved and seen to succeed, its token revealed, and the terminal left as it was",
  options,
  async () => {
    await journey(async (tmux) => {
      await tmux.type("n");
      await tmux.shows("Source");
      await tmux.type("Enter");
      await tmux.shows("life in seconds");
      await tmux.type("Enter");
      await tmux.shows("● WAITING", "poll 1 of 10");
      // The detail by itself has room for the whole URL.
      await tmux.type("Enter");
      const waiting = await tmux.shows("Approve it here", "● 3 Waiting", "Esc back to the list");
      const url = /http:\S+token-flow\S+/.exec(waiting)?.[0];
      await (await fetch(`${url}/approve`, { method: "POST", redirect: "manual" })).body?.cancel();
      await tmux.shows("✓ SUCCEEDED", "and verified");
      await tmux.type("2");
      await tmux.shows("HEALTHY", "refreshable");
      await tmux.type("R");
      await tmux.shows("Show the secret");
      await tmux.type("y");
      await tmux.shows("tokenSecret: as-", "closes in");
      await tmux.type("Escape");
      await tmux.hides("tokenSecret");
      await tmux.type("q");
      await isAsItWas(tmux);
      assert.doesNotMatch(await tmux.history(), /as-\w/);
    });
  },
);

Deno.test(
  "a server that is killed is said to be away, and its terminal goes on when it is back",
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
      await tmux.shows("life in seconds");
      await tmux.type("Enter");
      await tmux.shows("● WAITING", "poll 1 of 10");
      await tmux.type("5");
      await tmux.shows("Events  following", "flow.started");
      await tmux.type("q");
      await isAsItWas(tmux);
    });
  },
);

Deno.test(
  "a server that answers late is not waited for; what it refuses then is said on the terminal as it was",
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
    await tmux.shows("○ connecting", "1 Flows", "Reading …");
    answer.resolve();
    await tmux.shows("refuses the token: it is wrong, revoked or expired");
    await isAsItWas(tmux, "refuses the token");
  },
);

Deno.test("after Ctrl+C and after kill -TERM the terminal is as it was", options, async () => {
  await journey(async (tmux) => {
    await tmux.type("C-c");
    await isAsItWas(tmux);
    await tmux.type("clear; deno task tui", "Enter");
    await tmux.shows("● live");
    Deno.kill(Number(await terminalPid(tmux)), "SIGTERM");
    await isAsItWas(tmux);
  });
});

Deno.test("after a crash the terminal is as it was, and the fault is said", options, async () => {
  await journey(async (tmux) => {
    await tmux.type("q");
    await isAsItWas(tmux);
    for (const fault of ["timer", "promise"]) {
      await tmux.type(`clear; deno run -A tests/support/crashing_terminal.ts ${fault}`, "Enter");
      await tmux.shows("● live");
      await tmux.type("5");
      await tmux.shows("Events  following", "cursor");
      await tmux.type("y");
      await tmux.shows("a fault of ours");
      await isAsItWas(tmux, "a fault of ours");
    }
  });
});
