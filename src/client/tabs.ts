import { sleep } from "../lib/sleep.ts";

/** What the tabs of one browser that share a session tell each other. */
export type Tabs = {
  /** Runs `work` while no other tab does. Where tabs do not share anything, at once. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Tells the others which session there is now. */
  tell(sessionId: string | undefined): void;
  /** Calls `listener` when another tab told. */
  onTold(listener: (sessionId: string | undefined) => void): void;
  close(): void;
};

/** The Web Locks API, as far as it is used. */
type Locks = { request<T>(name: string, work: () => Promise<T>): Promise<T> };

/** What a tab has stored reaches the others a moment later than its lock could. */
const SPREAD_MS = 250;

/**
 * By the Web Locks API and BroadcastChannel. Where the browser has no locks (on plain http they are for `localhost`
 * alone) tabs may refresh at the same time, and the server gives them the same successor.
 */
export function openTabs(name: string, shared: boolean): Tabs {
  const { locks } = (shared && globalThis.navigator || {}) as { locks?: Locks };
  const channel = shared && "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : undefined;
  return {
    alone: (work) => locks ? alone(locks, name, work) : work(),
    tell: (sessionId) => channel?.postMessage(sessionId),
    onTold: (listener) => channel?.addEventListener("message", ({ data }) => listener(data)),
    close: () => channel?.close(),
  };
}

/** Who asked has the result at once; who waits for the lock gets it when the result has spread. */
function alone<T>(locks: Locks, name: string, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    locks.request(name, async () => {
      await work().then(resolve, reject);
      await sleep(SPREAD_MS);
    }).catch(reject);
  });
}
