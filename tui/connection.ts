import { Store } from "./store.ts";

/**
 * The state of the connection to the server: `connecting` until the first answer, `live` while the event tail is open,
 * `reconnecting` after it broke, `stale` when that lasts, and `refused` when the server rejects the token.
 */
export type Connection = {
  state: "connecting" | "live" | "reconnecting" | "stale" | "refused";
  /** The reason, when it is not live. */
  message?: string;
};

/** A lost connection is shown as stale after this time. */
const STALE_MS = 10_000;

/** Records the connection state that the event tail reports. `close` stops its timer. */
export function watchConnection(staleMs = STALE_MS) {
  const store = new Store<Connection>({
    state: "connecting",
    message: "Waiting for the server's first answer",
  });
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = () => {
    clearTimeout(timer);
    timer = undefined;
  };
  return {
    store,
    live() {
      stop();
      store.set({ state: "live" });
    },
    lost(error: unknown) {
      const message = error instanceof Error ? error.message : String(error);
      const { state } = store.get();
      store.set({ state: state === "stale" ? "stale" : "reconnecting", message });
      timer ??= setTimeout(() => store.set({ ...store.get(), state: "stale" }), staleMs);
    },
    refused(message: string) {
      stop();
      store.set({ state: "refused", message });
    },
    close: stop,
  };
}
