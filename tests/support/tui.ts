import "./colours.ts";
import assert from "node:assert/strict";
import { PassThrough, Writable } from "node:stream";
import { render } from "ink";
import xterm from "@xterm/headless";
import { createClient } from "../../src/client/operator/client.ts";
import type { Wait } from "../../src/client/operator/google_return.ts";
import type { OperatorRole } from "../../src/operations/operators/roles.ts";
import { connectApi, type Desktop } from "../../tui/api.ts";
import { greet } from "../../tui/greet.ts";
import { createKeyLayers, type KeyLayers } from "../../tui/key_layers.ts";
import { renderTerminal } from "../../tui/run.tsx";
import type { ScreenName } from "../../tui/terminal.ts";
import { themeFor, type ThemeName } from "../../tui/theme.ts";
import type { TestApp } from "./app.ts";
import { eventually, pause } from "./eventually.ts";

/** The terminal, mounted on a fake screen and keyboard. */
export type Mounted = AsyncDisposable & {
  /** Types text, or keys from `KEYS`. */
  press(...keys: string[]): Promise<void>;
  /** Types `key` within the write that contains `text`. */
  pressAt(text: string, key: string): void;
  /** Pastes text, as a terminal with bracketed paste does. */
  paste(text: string): void;
  /** The text on the screen now, without trailing blanks. */
  screen(): string;
  /** Waits until the screen shows all of these, and returns its text. */
  shows(...wanted: (string | RegExp)[]): Promise<string>;
  /** Waits until the screen shows none of these, and returns its text. */
  hides(...unwanted: (string | RegExp)[]): Promise<string>;
  resize(columns: number, rows: number): void;
  /** All output, with its escape sequences. */
  written(): string;
  terminal: xterm.Terminal;
  layers: KeyLayers;
  desktop: { copied: string[]; opened: string[]; saved: Map<string, string> };
  /** Fulfilled when the terminal has exited. */
  left: Promise<unknown>;
  unmount(): void;
};

export const KEYS = {
  enter: "\r",
  esc: "\x1b",
  up: "\x1b[A",
  down: "\x1b[B",
  backspace: "\x7f",
  ctrlC: "\x03",
  pageDown: "\x1b[6~",
} as const;

export type MountOptions = {
  role?: OperatorRole;
  token?: string;
  start?: ScreenName;
  columns?: number;
  rows?: number;
  readOnly?: boolean;
  noColor?: boolean;
  theme?: ThemeName;
  screenReader?: boolean;
  /** By default, the app's own `fetch`. */
  fetch?: (request: Request) => Promise<Response>;
  now?: () => number;
  wait?: Wait;
  staleMs?: number;
  /** Does not wait for the server's greeting. */
  unanswered?: boolean;
};

/** Mounts the terminal against a server in this process. */
export async function mount(app: TestApp, options: MountOptions = {}): Promise<Mounted> {
  const { columns = 120, rows = 36 } = options;
  const token = options.token ?? await app.operatorToken(options.role);
  const fetch = options.fetch ?? ((request: Request) => answered(app, request));
  const url = "http://127.0.0.1:4000";
  const greeting = greet(createClient({ url, token, fetch }));
  if (!options.unanswered) await greeting;
  const before = app.services.subscriptions.size;
  const streams = fakeTerminal(columns, rows);
  const { desktop, seen } = fakeDesktop();
  const api = connectApi({
    url,
    token,
    fetch,
    greeting,
    desktop,
    readOnly: options.readOnly ?? false,
    ...(options.wait && { wait: options.wait }),
    ...(options.staleMs !== undefined && { staleMs: options.staleMs }),
    now: options.now ?? (() => app.clock.now().getTime()),
  });
  const layers = createKeyLayers();
  const theme = themeFor(options.theme ?? "dark", { noColor: options.noColor ?? false });
  const props = { api, layers, start: options.start ?? "flows", theme };
  const instance = renderTerminal(props, {
    ...streams,
    isScreenReaderEnabled: options.screenReader ?? false,
  });
  const left = instance.waitUntilExit().then(streams.settled);
  const screen = () => streams.screen();
  const shows = (wanted: (string | RegExp)[], there: boolean) =>
    eventually(
      `the screen ${there ? "shows" : "hides"} ${wanted.join(" and ")}`,
      () => {
        const text = screen();
        const has = (each: string | RegExp) =>
          typeof each === "string" ? text.includes(each) : each.test(text);
        return wanted.every((each) => has(each) === there) && text;
      },
      15,
    ).catch((error) => assert.fail(`${error.message}\n${screen()}`));
  return {
    async press(...keys) {
      for (const key of keys) {
        streams.stdin.write(key);
        // Ink treats an escape as a key only if no other input follows for a moment.
        await pause(key === KEYS.esc ? 30 : 5);
      }
    },
    pressAt: (text, key) => streams.onWrite(text, () => streams.stdin.write(key)),
    paste: (text) => void streams.stdin.write(`\x1b[200~${text}\x1b[201~`),
    screen,
    shows: (...wanted) => shows(wanted, true),
    hides: (...unwanted) => shows(unwanted, false),
    resize: streams.resize,
    written: streams.written,
    terminal: streams.terminal,
    layers,
    desktop: seen,
    left,
    unmount: () => instance.unmount(),
    [Symbol.asyncDispose]: async () => {
      instance.unmount();
      await left.catch(() => {});
      api[Symbol.dispose]();
      streams.terminal.dispose();
      await eventually("its subscriptions end", () => app.services.subscriptions.size === before);
      // Requests that were under way end.
      await pause(20);
    },
  };
}

/** The app's answer. As over a network, an abort reaches the app only through the body of the answer. */
export async function answered(app: Pick<TestApp, "fetch">, request: Request): Promise<Response> {
  const { url, method, headers } = request;
  return await app.fetch(new Request(url, { method, headers, body: await request.text() }));
}

/** Standard streams that are connected to an emulated terminal of this size. */
export function fakeTerminal(columns: number, rows: number) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  let written = "";
  let awaited: { text: string; then: () => void } | undefined;
  const stdout = Object.assign(
    new Writable({
      decodeStrings: false,
      write(chunk, _encoding, callback) {
        const text = String(chunk);
        written += text;
        terminal.write(text.replaceAll("\n", "\r\n"));
        if (awaited && text.includes(awaited.text)) {
          const { then } = awaited;
          awaited = undefined;
          then();
        }
        callback();
      },
    }),
    { columns, rows, isTTY: true },
  );
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => stdin,
    unref: () => stdin,
  });
  return {
    terminal,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stdin: stdin as unknown as NodeJS.ReadStream & PassThrough,
    stderr: stdout as unknown as NodeJS.WriteStream,
    written: () => written,
    /** Calls `then` within the next write that contains `text`. */
    onWrite: (text: string, then: () => void) => void (awaited = { text, then }),
    /** Drops the recorded output. */
    forget: () => void (written = ""),
    /** Fulfilled when the terminal has processed all output. */
    settled: () => new Promise<void>((resolve) => terminal.write("", resolve)),
    screen() {
      const buffer = terminal.buffer.active;
      return Array.from(
        { length: terminal.rows },
        (_, row) => buffer.getLine(row)?.translateToString(true) ?? "",
      ).join("\n");
    },
    resize(columns: number, rows: number) {
      terminal.resize(columns, rows);
      Object.assign(stdout, { columns, rows });
      stdout.emit("resize");
    },
  };
}

function fakeDesktop() {
  const seen = { copied: [] as string[], opened: [] as string[], saved: new Map<string, string>() };
  const desktop: Desktop = {
    copy: (text) => void seen.copied.push(text),
    open: (url) => {
      seen.opened.push(url);
      return Promise.resolve(true);
    },
    save: (name, text) => {
      seen.saved.set(name, text);
      return Promise.resolve(`.data/${name}`);
    },
  };
  return { desktop, seen };
}

// Ink adds a signal listener at the first render and never removes it. Rendering here, outside of a test, keeps the
// sanitizers from reporting it as a leak.
const { stdin, stdout, stderr, terminal } = fakeTerminal(80, 24);
const first = render(null, { stdin, stdout, stderr, interactive: true, alternateScreen: true });
first.unmount();
await first.waitUntilExit();
terminal.dispose();
await pause(100);
