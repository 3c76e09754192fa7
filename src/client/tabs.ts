import { sleep } from "../lib/sleep.ts";

/** Coordinates the tabs of one browser that share a session. */
export type Tabs = {
  /** Runs `work` while no other tab runs its own; at once when tabs share nothing. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
  /** Announces the present session to the other tabs. */
  announce(sessionId: string | undefined): void;
  /** Calls `listener` when another tab announces its session. */
  onAnnounced(listener: (sessionId: string | undefined) => void): void;
  close(): void;
};

/** The part of the Web Locks API that we use. */
type Locks = { request<T>(name: string, work: () => Promise<T>): Promise<T> };

/** A change of `localStorage` can reach the other tabs later than the release of a lock. */
const SPREAD_MS = 250;

/**
 * Uses the Web Locks API and BroadcastChannel. Without locks (browsers offer them only on https and `localhost`) tabs
 * may refresh at the same time; the server then gives each of them the same new tokens.
 */
export function openTabs(name: string, shared: boolean): Tabs {
  const { locks } = (shared && globalThis.navigator || {}) as { locks?: Locks };
  const channel = shared && "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : undefined;
  return {
    exclusively: (work) => locks ? withLock(locks, name, work) : work(),
    announce: (sessionId) => channel?.postMessage(sessionId),
    onAnnounced: (listener) => channel?.addEventListener("message", ({ data }) => listener(data)),
    close: () => channel?.close(),
  };
}

/** Resolves as soon as `work` is done, but holds the lock until the result has reached the other tabs. */
function withLock<T>(locks: Locks, name: string, work: () => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    locks.request(name, async () => {
      await work().then(resolve, reject);
      await sleep(SPREAD_MS);
    }).catch(reject);
  });
}
