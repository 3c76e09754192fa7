/**
 * The dialog for pages of other sites, which load this module from Sallyport:
 *
 *     <script type="module" src="https://auth.example.com/embed.js"></script>
 *
 * It opens on the event `sallyport:open`, and half a second after an element with `data-sallyport="required"` appears
 * while no user is signed in. It closes on `sallyport:close`. It dispatches `sallyport:signed-in` (`user`, `session`)
 * and `sallyport:state` (`from`, `to`), both with the `client`, for its `fetch` and `accessToken`.
 * The session is in memory. With `data-storage="local"` on the script it is in the page's `localStorage`: it survives
 * a reload, but every script of the page can read it.
 */
import { type AuthState, createSallyport, localTokenStorage, memoryStorage } from "../client/sallyport.ts";
import { type Frame, openFrame } from "./embed/open_frame.ts";
import { mirroredStorage } from "./embed/mirrored_storage.ts";
import { whileVisible } from "./while_visible.ts";

/** An element that is removed before this time does not open the dialog. */
const REQUIRED_AFTER_MS = 500;

const server = new URL(import.meta.url).origin;
const script = [...document.scripts].find(({ src }) => src === import.meta.url);
const base = script?.dataset["storage"] === "local"
  ? localTokenStorage(`sallyport ${server}`)
  : memoryStorage();

let frame: Frame | undefined;
const storage = mirroredStorage(base, (tokens) => frame?.setTokens(tokens));

// Another tab has changed the tokens.
base.onChange?.(() => frame?.setTokens(base.get() ?? null));

export const client = createSallyport({ url: server, storage });

function open(): void {
  if (frame?.focus()) return;
  frame = openFrame({
    server,
    tokens: storage.get,
    // Only the page renews tokens. If a frame was closed during a refresh, the page would keep the old tokens.
    renew: client.accessToken,
    onTokens: storage.receive,
    onClosed: () => frame = undefined,
  });
}

// Capturing also catches events that do not bubble.
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
function notifyPage(now: AuthState): void {
  const { user, session, currentState: to } = now;
  const from = before?.currentState ?? "VISITOR";
  const isAnother = session !== null && session.id !== before?.session?.id;
  before = now;
  if (user && isAnother) dispatch("sallyport:signed-in", { user, session, client });
  if (from !== to) dispatch("sallyport:state", { from, to, client });
  if (!user) lookForRequired();
}
whileVisible(() => client.onAuthState(notifyPage));

function dispatch(name: string, detail: Record<string, unknown>): void {
  document.dispatchEvent(new CustomEvent(name, { bubbles: true, detail }));
}
