import type { BrowserContext, Frame, Page } from "playwright-core";
import type { Sallyport } from "../../src/client/sallyport.ts";
import { eventually } from "./eventually.ts";
import { PASSWORD } from "./people.ts";
import type { Web } from "./web.ts";

/** What the page's own script keeps. */
declare global {
  var client: Sallyport;
  /** What it was told by events. */
  var heard: string[];
  /** What came by `postMessage`. */
  var messages: { data: unknown; origin: string }[];
}

type SitePage = {
  /** What else stands in the page. */
  body?: string;
  /** Attributes of the script; no script is loaded when this is null. */
  script?: string | null;
};

/** What the open sites answer, by their origin. */
const answers = new Map<string, (request: Request) => Response>();

/** Opens a site on a free port of this name of the machine, for as long as the test file runs. Returns its origin. */
export function openSite(hostname: "localhost" | "127.0.0.1"): string {
  let origin = "";
  const site: Deno.HttpServer<Deno.NetAddr> = Deno.serve(
    { hostname, port: 0, onListen() {} },
    (request) => answers.get(origin)?.(request) ?? new Response(null, { status: 503 }),
  );
  site.unref();
  origin = `http://${hostname}:${site.addr.port}`;
  return origin;
}

/**
 * Until disposed, an open site serves one page at every path, as strict as one can be that embeds the dialog of
 * `server`.
 */
export function otherSite(
  origin: string,
  server: string,
  { body = "", script = "" }: SitePage = {},
): AsyncDisposable {
  const policy = `default-src 'none'; script-src ${server} 'nonce-log'; frame-src *; connect-src ${server}`;
  const html = `<!doctype html><html lang="en"><title>Other site</title><button>Something</button>${body}
<script nonce="log">
globalThis.heard = [];
for (const name of ["sallyport:signed-in", "sallyport:state"]) {
  addEventListener(name, ({ detail }) => {
    globalThis.client = detail.client;
    heard.push(name === "sallyport:state" ? detail.from + " " + detail.to : detail.user.username ?? detail.user.id);
  });
}
globalThis.messages = [];
addEventListener("message", ({ data, origin }) => messages.push({ data, origin }));
</script>
${script === null ? "" : `<script type="module" src="${server}/embed.js" ${script}></script>`}`;
  const headers = { "content-type": "text/html", "content-security-policy": policy };
  answers.set(
    origin,
    ({ url }) => url.endsWith("favicon.ico") ? new Response() : new Response(html, { headers }),
  );
  return { [Symbol.asyncDispose]: () => Promise.resolve(void answers.delete(origin)) };
}

/** Dispatches an event of the page, as its own script would. */
export function dispatch(page: Page, name: string): Promise<void> {
  return page.evaluate((name) => void document.dispatchEvent(new Event(name)), name);
}

/** The dialog's frame in the page. */
export function frameIn(page: Page, server: string): Promise<Frame> {
  return eventually(
    "the frame",
    () => page.frames().find((each) => each.url().startsWith(`${server}/embed?`)),
  );
}

/** How many frames of the dialog the page has. */
export function framesIn(page: Page): number {
  return page.frames().length - 1;
}

/** What the page was told by events, once it is so much. */
export async function heardBy(page: Page, count: number): Promise<string[]> {
  await page.waitForFunction(
    (count) => (globalThis as unknown as { heard: string[] }).heard.length >= count,
    count,
  );
  return await page.evaluate(() => (globalThis as unknown as { heard: string[] }).heard);
}

/** Whether anything of ours lies in the browser's cookie jar. */
export async function hasCookies(context: BrowserContext): Promise<boolean> {
  return (await context.cookies()).length > 0;
}

/** Opens the dialog in the other site's page, and signs in with a password there. */
export async function signInThere({ page, url }: Pick<Web, "page" | "url">, username: string): Promise<void> {
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  await frame.getByRole("button", { name: "Use a password" }).click();
  await frame.getByRole("textbox", { name: "Username" }).fill(username);
  await frame.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await frame.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs in there, and opens the dialog again, in which the account is shown then. */
export async function accountThere(web: Pick<Web, "page" | "url">, username: string): Promise<Frame> {
  const { page, url } = web;
  await signInThere(web, username);
  await heardBy(page, 2);
  await eventually("the dialog is gone", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  await frame.getByText(username).waitFor();
  return frame;
}
