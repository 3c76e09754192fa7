import type { BrowserContext, Frame, Page } from "playwright-core";
import type { Sallyport } from "../../src/client/sallyport.ts";
import { eventually } from "./eventually.ts";
import { PASSWORD } from "./people.ts";
import type { Web } from "./web.ts";

/** Globals of the site's page. */
declare global {
  var client: Sallyport;
  /** The events from `embed.js`, as text. */
  var events: string[];
  /** The messages from `postMessage`. */
  var messages: { data: unknown; origin: string }[];
}

type SitePage = {
  /** More HTML for the body. */
  body?: string;
  /** Attributes of the `embed.js` script; null leaves it out. */
  script?: string | null;
  /** More headers of the page. */
  headers?: Record<string, string>;
};

/** The answers of the open sites, by origin. */
const answers = new Map<string, (request: Request) => Response>();

/** Opens a site on a free port, for as long as the test file runs. Returns its origin. */
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

/** Serves one page at every path of an open site, until disposal. Its CSP is the strictest that allows the dialog. */
export function otherSite(
  origin: string,
  server: string,
  { body = "", script = "", headers: more = {} }: SitePage = {},
): AsyncDisposable {
  const policy = `default-src 'none'; script-src ${server} 'nonce-log'; frame-src *; connect-src ${server}`;
  const html = `<!doctype html><html lang="en"><title>Other site</title><button>Something</button>${body}
<script nonce="log">
globalThis.events = [];
for (const name of ["sallyport:signed-in", "sallyport:state"]) {
  addEventListener(name, ({ detail }) => {
    globalThis.client = detail.client;
    events.push(name === "sallyport:state" ? detail.from + " " + detail.to : detail.user.username ?? detail.user.id);
  });
}
globalThis.messages = [];
addEventListener("message", ({ data, origin }) => messages.push({ data, origin }));
</script>
${script === null ? "" : `<script type="module" src="${server}/embed.js" ${script}></script>`}`;
  const headers = { "content-type": "text/html", "content-security-policy": policy, ...more };
  answers.set(
    origin,
    ({ url }) => url.endsWith("favicon.ico") ? new Response() : new Response(html, { headers }),
  );
  return { [Symbol.asyncDispose]: () => Promise.resolve(void answers.delete(origin)) };
}

/** Dispatches an event in the page. */
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

/** The number of frames in the page. */
export function framesIn(page: Page): number {
  return page.frames().length - 1;
}

/** The events that the page has received, once there are `count`. */
export async function pageEvents(page: Page, count: number): Promise<string[]> {
  await page.waitForFunction(
    (count) => (globalThis as unknown as { events: string[] }).events.length >= count,
    count,
  );
  return await page.evaluate(() => (globalThis as unknown as { events: string[] }).events);
}

/** Whether the browser has any cookie. */
export async function hasCookies(context: BrowserContext): Promise<boolean> {
  return (await context.cookies()).length > 0;
}

/** Opens the dialog in the other site's page, and signs in with a password. */
export async function signInThere({ page, url }: Pick<Web, "page" | "url">, username: string): Promise<void> {
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  await frame.getByRole("button", { name: "Use a password" }).click();
  await frame.getByRole("textbox", { name: "Username" }).fill(username);
  await frame.getByRole("textbox", { name: "Password" }).fill(PASSWORD);
  await frame.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs in, opens the dialog again, and waits until it shows the account. */
export async function accountThere(web: Pick<Web, "page" | "url">, username: string): Promise<Frame> {
  const { page, url } = web;
  await signInThere(web, username);
  await pageEvents(page, 2);
  await eventually("the dialog is gone", () => framesIn(page) === 0);
  await dispatch(page, "sallyport:open");
  const frame = await frameIn(page, url);
  await frame.getByText(username).waitFor();
  return frame;
}
