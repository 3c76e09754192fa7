import assert from "node:assert/strict";
import { type Desktop, openBrowser, startProgram } from "../../../src/client/operator/open_browser.ts";
import { serveLoopback } from "../../../src/providers/modal/profile/flow_loopback.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Sends one request on a new connection, with any `Host` and method. Returns the raw response. */
async function ask(port: number, head: string): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(`${head}\r\nConnection: close\r\n\r\n`));
  const chunks: string[] = [];
  for await (const chunk of connection.readable.pipeThrough(new TextDecoderStream())) chunks.push(chunk);
  return chunks.join("");
}

Deno.test("Modal's page on another origin gets the flow id once it is known", async () => {
  await using loopback = serveLoopback();
  const root = `http://127.0.0.1:${loopback.port}/`;
  const early = await fetch(root);
  assert.deepEqual([early.status, await early.text()], [503, ""]);

  loopback.announce("tf-123");
  const answer = await fetch(`${root}?x=1`, { headers: { origin: "https://modal.com" } });
  assert.deepEqual([answer.status, await answer.text()], [200, "tf-123"]);
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
  assert.match(answer.headers.get("content-type") ?? "", /^text\/plain/);

  const head = await ask(loopback.port, "HEAD / HTTP/1.1\r\nHost: localhost");
  assert.match(head, /^HTTP\/1\.1 200 /);
  assert.match(head, /content-length: 6\r\n/i);
  assert.ok(head.endsWith("\r\n\r\n"));
});

Deno.test("other paths, methods and host names are rejected", async () => {
  await using loopback = serveLoopback();
  loopback.announce("tf-123");
  const { port } = loopback;
  const cases: [request: string, host: string, status: number][] = [
    ["GET /", `localhost:${port}`, 200],
    ["GET /", "LOCALHOST", 200],
    ["GET /", `127.0.0.1:${port}`, 200],
    ["GET /", "[::1]:80", 200],
    ["GET /", "modal.com", 403],
    ["GET /", `localhost.evil.test:${port}`, 403],
    ["GET /", "evil.test:localhost", 403],
    ["GET /tf-123", "localhost", 404],
    ["GET /favicon.ico", "localhost", 404],
    ["POST /", "localhost", 405],
    ["DELETE /", "localhost", 405],
  ];
  for (const [request, host, status] of cases) {
    const answer = await ask(port, `${request} HTTP/1.1\r\nHost: ${host}`);
    assert.ok(answer.startsWith(`HTTP/1.1 ${status} `), `${request} for ${host}: ${answer}`);
    assert.equal(answer.endsWith("tf-123"), status === 200);
  }
});

Deno.test("a preflight for Private Network Access is allowed", async () => {
  await using loopback = serveLoopback();
  const answer = await fetch(`http://127.0.0.1:${loopback.port}/`, {
    method: "OPTIONS",
    headers: { origin: "https://modal.com", "access-control-request-private-network": "true" },
  });
  assert.equal(answer.status, 204);
  assert.equal(answer.headers.get("access-control-allow-private-network"), "true");
  assert.equal(answer.headers.get("access-control-allow-origin"), "*");
});

Deno.test("it listens only on 127.0.0.1, and closing it ends kept-alive connections", async () => {
  const loopback = serveLoopback();
  const { port } = loopback;
  await assert.rejects(Deno.connect({ hostname: "127.0.0.2", port }));

  using idle = await Deno.connect({ hostname: "127.0.0.1", port });
  await idle.write(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  assert.notEqual(await idle.read(new Uint8Array(4096)), null);
  await loopback.close();
  assert.equal(await idle.read(new Uint8Array(1)).catch(() => null), null);
  await assert.rejects(Deno.connect({ hostname: "127.0.0.1", port }), Deno.errors.ConnectionRefused);
  await loopback.close();
});

/** A desktop that records the programs it starts. */
function desktop(os: Desktop["os"], env: Record<string, string>, starts = true) {
  const started: string[][] = [];
  const start = (program: string, args: string[]) => {
    started.push([program, ...args]);
    return Promise.resolve(starts);
  };
  return { os, env: (name: string) => Promise.resolve(env[name]), start, started };
}

Deno.test("the opener of each system gets the URL as one argument", async () => {
  const url = "https://modal.com/token-flow/tf-1?a=1&b=$(id)`x`\"'";
  const plain = new URL(url).href;
  const cases: [Desktop["os"], string[]][] = [
    ["darwin", ["open", plain]],
    ["linux", ["xdg-open", plain]],
    ["windows", ["rundll32", "url.dll,FileProtocolHandler", plain]],
  ];
  for (const [os, command] of cases) {
    const machine = desktop(os, { DISPLAY: ":0" });
    assert.equal(await openBrowser(url, machine), true);
    assert.deepEqual(machine.started, [command]);
    assert.equal(await openBrowser(url, desktop(os, { DISPLAY: ":0" }, false)), false);
  }
});

Deno.test("URLs that are not web pages are not opened, nor any URL without a display or with a text browser", async () => {
  const schemes = [
    "file:///etc/passwd",
    "javascript:alert(1)",
    "ssh://-oProxyCommand=x",
    "-x",
    "",
    "http//x",
  ];
  const machine = desktop("linux", { WAYLAND_DISPLAY: "wayland-0" });
  for (const url of schemes) assert.equal(await openBrowser(url, machine), false);
  const url = "http://localhost:1/";
  for (const BROWSER of ["none", "w3m", "/usr/bin/www-browser", "lynx %s"]) {
    const machine = desktop("linux", { BROWSER, DISPLAY: ":0" });
    assert.equal(await openBrowser(url, machine), false);
    assert.deepEqual(machine.started, []);
  }
  assert.deepEqual(machine.started, []);
  assert.equal(await openBrowser(url, machine), true);
  assert.equal(await openBrowser(url, desktop("linux", {})), false);
  assert.equal(await openBrowser(url, desktop("linux", { BROWSER: "/helpers/browser.sh" })), true);
});

Deno.test("starting a missing or failing program returns false, and a working one true", async () => {
  assert.equal(await startProgram("sallyport-no-such-program", []), false);
  assert.equal(await startProgram(Deno.execPath(), ["eval", "Deno.exit(3)"], 60_000), false);
  assert.equal(await startProgram(Deno.execPath(), ["--version"], 60_000), true);
});

Deno.test("the process can end before the browser that it opened", async () => {
  const module = new URL("../../../src/client/operator/open_browser.ts", import.meta.url);
  const source = `import { startProgram } from "${module}";
    const forever = ["eval", "console.log(Deno.pid); setInterval(() => {}, 1000)"];
    const spawn = Deno.Command.prototype.spawn;
    Deno.Command.prototype.spawn = function () { const child = spawn.call(this); console.log(child.pid); return child; };
    console.log(await startProgram(Deno.execPath(), forever, 10));`;
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(file, source);
  const command = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-lock", file],
    stdout: "piped",
  });
  const { stdout, success } = await command.output().finally(() => Deno.remove(file));
  const [pid, opened] = new TextDecoder().decode(stdout).trim().split("\n");
  // Field 5 is the process group. Ctrl+C reaches only our own group.
  const group = Deno.build.os === "linux"
    ? (await Deno.readTextFile(`/proc/${pid}/stat`)).split(" ")[4]
    : pid;
  Deno.kill(Number(pid), "SIGKILL");
  assert.equal(group, pid);
  assert.deepEqual([success, opened], [true, "true"]);
});

Deno.test({
  name: "without permissions it opens nothing and does not prompt",
  permissions: { env: false, run: false },
  fn: async () => assert.equal(await openBrowser("https://modal.com/"), false),
});
