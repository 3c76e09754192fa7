/**
 * The dialog for other sites' pages, which load it as a module from Sallyport:
 *
 *     <script type="module" src="https://auth.example.com/embed.js"></script>
 *
 * It opens when an element asks (`data-sallyport="required"`, after half a second, unless somebody is signed in) or on
 * the event `sallyport:open`, and closes on `sallyport:close`. The page is told by `sallyport:signed-in` (`user`,
 * `session`) and `sallyport:state` (`from`, `to`), both with the `client`, whose `fetch` and `accessToken` it uses.
 * The session is kept in memory; with `data-storage="local"` on the script in the page's `localStorage`, where it lives
 * through a reload, and every script of the page can read it.
 */
import { type AuthState, createSallyport, localTokenStorage, memoryStorage } from "../client/sallyport.ts";
import { type Frame, openFrame } from "./embed/open_frame.ts";
import { mirroredStorage } from "./embed/mirrored_storage.ts";
import { whileVisible } from "./while_visible.ts";

/** So long an element stands there before the dialog comes: who is only passing by is not asked. */
const REQUIRED_AFTER_MS = 500;

const server = new URL(import.meta.url).origin;
const script = [...document.scripts].find(({ src }) => src === import.meta.url);
const base = script?.dataset["storage"] === "local"
  ? localTokenStorage(`sallyport ${server}`)
  : memoryStorage();

let frame: Frame | undefined;
const storage = mirroredStorage(base, (tokens) => frame?.told(tokens));

// What another tab has set.
base.onChange?.(() => frame?.told(base.get() ?? null));

export const client = createSallyport({ url: server, storage });

function open(): void {
  if (frame?.focus()) return;
  frame = openFrame({
    server,
    tokens: storage.get,
    // Here and nowhere else: a frame that renewed and was closed meanwhile would leave the page with spent tokens.
    renew: client.accessToken,
    onTokens: storage.told,
    onClosed: () => frame = undefined,
  });
}

// Captured: also what does not bubble comes by here.
addEventListener("sallyport:open", open, { capture: true });
addEventListener("sallyport:close", () => frame?.close(), { capture: true });

const asked = new WeakSet<Element>();
function lookForRequired(): void {
  if (client.signedIn) return;
  for (const element of document.querySelectorAll('[data-sallyport="required"]')) {
    if (asked.has(element)) continue;
    asked.add(element);
    setTimeout(() => {
      if (element.isConnected && !client.signedIn) open();
    }, REQUIRED_AFTER_MS);
  }
}
new MutationObserver(lookForRequired).observe(document.documentElement, {
  childList: true,
  subtree: true,
  attributeFilter: ["data-sallyport"],
});
lookForRequired();

let before: AuthState | undefined;
function tellPage(now: AuthState): void {
  const { user, session, currentState: to } = now;
  const from = before?.currentState ?? "VISITOR";
  const isAnother = session !== null && session.id !== before?.session?.id;
  before = now;
  if (user && isAnother) tell("sallyport:signed-in", { user, session, client });
  if (from !== to) tell("sallyport:state", { from, to, client });
  if (!user) lookForRequired();
}
whileVisible(() => client.onAuthState(tellPage));

function tell(name: string, detail: Record<string, unknown>): void {
  document.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}
