import assert from "node:assert/strict";
import type { Browser, Frame, Locator, Page } from "playwright-core";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import type { TestApp } from "./app.ts";
import { openChromium } from "./chromium.ts";
import { IN_THE_END_SECONDS } from "./eventually.ts";
import { onPglite, type TestDatabase } from "./databases.ts";
import { startGoogleApp } from "./google.ts";
import { PASSWORD } from "./people.ts";
import { portOutsideEphemeral } from "./ports.ts";

/** The server on a real port with all external systems emulated, and a window of a fresh browser profile. */
export type Web = {
  app: TestApp & { google: GoogleEmulator };
  url: string;
  page: Page;
  /** The page's dialog. */
  dialog: Locator;
  /** Errors of the pages and the console. The test fails if there are any at its end. */
  problems: string[];
  /** Stops listening, so that the server cannot be reached, and starts again. */
  hangUp(): Promise<void>;
  pickUp(): void;
};

/** A wide light window, and a dark one of a phone's size. */
const WINDOWS = {
  wide: { viewport: { width: 1200, height: 800 }, colorScheme: "light" },
  phone: { viewport: { width: 360, height: 640 }, colorScheme: "dark" },
} as const;

export type WindowName = keyof typeof WINDOWS;

type WebOptions = {
  env?: Record<string, string>;
  /** The host in the server's URL. Browsers refuse passkeys at addresses. */
  host?: "127.0.0.1" | "localhost";
};

/** Runs the test in a wide and in a phone-sized window. */
export function inEachWindow(
  name: string,
  test: (web: Web) => Promise<void>,
  options: WebOptions = {},
): void {
  for (const window of Object.keys(WINDOWS) as WindowName[]) inWindow(name, test, { ...options, window });
}

export function inWindow(
  name: string,
  test: (web: Web) => Promise<void>,
  options: WebOptions & { window?: WindowName } = {},
): void {
  const { window = "wide" } = options;
  onPglite(`${name} (${window})`, async (database) => {
    await using web = await openWeb(database, window, options);
    await test(web);
    assert.deepEqual(web.problems, []);
  });
}

/** Starts a server, and opens a window. */
export async function openWeb(
  database: TestDatabase,
  window: WindowName,
  { env = {}, host = "127.0.0.1" }: WebOptions = {},
): Promise<Web & AsyncDisposable> {
  await using made = new AsyncDisposableStack();
  const port = portOutsideEphemeral();
  const url = `http://${host}:${port}`;
  const settings = { PUBLIC_URL: url, ...env };
  const app = made.use(await startGoogleApp({ database, env: settings }));
  const { hangUp, pickUp } = made.use(listen(app, port));
  const context = await (await browser()).newContext({ ...WINDOWS[window], locale: "en-GB" });
  made.defer(() => context.close());
  context.setDefaultTimeout(IN_THE_END_SECONDS * 1_000);
  const problems: string[] = [];
  context.on("weberror", (error) => problems.push(String(error.error())));
  context.on("console", (message) => {
    if (message.type() === "error") problems.push(message.text());
  });
  const page = await context.newPage();
  const dialog = page.getByRole("dialog");
  const opened = made.move();
  const end = () => opened.disposeAsync();
  return { app, url, page, dialog, problems, hangUp, pickUp, [Symbol.asyncDispose]: end };
}

/** One browser for all tests of a file, because starting it takes longer than most tests. */
let shared: Promise<Browser> | undefined;

function browser(): Promise<Browser> {
  return shared ??= openChromium();
}

Deno.test.afterAll(endBrowser);

export async function endBrowser(): Promise<void> {
  await (await shared)?.close();
}

function listen(app: TestApp, port: number) {
  let hungUp = new AbortController();
  let server: Deno.HttpServer | undefined;
  const pickUp = () => {
    hungUp = new AbortController();
    server = Deno.serve(
      { hostname: "127.0.0.1", port, onListen() {}, signal: hungUp.signal },
      (request, info) => app.fetch(request, info),
    );
  };
  const hangUp = async () => {
    hungUp.abort();
    await server?.finished;
  };
  pickUp();
  return { pickUp, hangUp, [Symbol.asyncDispose]: hangUp };
}

const AXE = new URL("../../node_modules/axe-core/axe.min.js", import.meta.url);

type Violation = { id: string; impact: string | null; nodes: { html: string; failureSummary: string }[] };

/** Asserts that axe-core finds no serious problem in the page or frame. */
export async function accessible(page: Page | Frame): Promise<void> {
  if (!await page.evaluate("'axe' in globalThis")) await page.evaluate(await Deno.readTextFile(AXE));
  const { violations } = await page.evaluate("axe.run(document)") as { violations: Violation[] };
  const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const found = serious.map(({ id, nodes }) => [id, ...nodes.map((node) => node.html)]);
  assert.deepEqual(found, [], page.url());
}

/** Presses a button of the dialog. */
export function press({ dialog }: Pick<Web, "dialog">, name: string): Promise<void> {
  return dialog.getByRole("button", { name, exact: true }).click();
}

/** Waits until the dialog shows the view with this title. */
export function view({ dialog }: Pick<Web, "dialog">, name: string): Promise<void> {
  return dialog.getByRole("heading", { name, exact: true }).waitFor();
}

/** Creates an account in the dialog, and waits until the account is shown. */
export async function registerIn(web: Web, username: string): Promise<void> {
  const { page, dialog, url } = web;
  await page.goto(url);
  await press(web, "Create an account");
  await dialog.getByLabel("Username").fill(username);
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await press(web, "Create the account");
  await view(web, "Your account");
}

/** Chooses an account in the emulated Google's window. */
export async function answerGoogle(window: Page, email: string): Promise<void> {
  await window.getByLabel("Your address").fill(email);
  await window.getByRole("button", { name: /Continue|Approve/ }).click();
}

/** Moves the page into the background, or back. */
export function turn(page: Page, hidden: boolean): Promise<void> {
  return page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);
}
