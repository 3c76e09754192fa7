/** What the tabs of one browser that share a session tell each other. */
export type Tabs = {
  /** Runs `work` while no other tab does. Where tabs do not share anything, at once. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Tells the others that what is stored has changed. */
  tell(): void;
  /** Calls `listener` when another tab told. */
  onTold(listener: () => void): void;
  close(): void;
};

/** The Web Locks API, as far as it is used. */
type Locks = { request<T>(name: string, work: () => Promise<T>): Promise<T> };

/** By the Web Locks API and BroadcastChannel, where the browser has them. */
export function openTabs(name: string, shared: boolean): Tabs {
  const { locks } = (shared ? globalThis.navigator : {}) as { locks?: Locks };
  const channel = shared && "BroadcastChannel" in globalThis ? new BroadcastChannel(name) : undefined;
  return {
    alone: (work) => locks ? locks.request(name, work) : work(),
    tell: () => channel?.postMessage("changed"),
    onTold: (listener) => channel?.addEventListener("message", listener),
    close: () => channel?.close(),
  };
}
