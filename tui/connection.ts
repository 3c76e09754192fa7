import { Store } from "./store.ts";

/**
 * The state of the connection to the server: `connecting` until the first answer, `live` while the event tail is open,
 * `reconnecting` after it broke, `stale` when that lasts, and `refused` when the server rejects the token.
 */
export type Connection = {
  state: "connecting" | "live" | "reconnecting" | "stale" | "refused";
  /** The reason, when it is not live. */
  message?: string;
  /** Whether the server has deleted events that were not received. */
  skipped?: true;
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
  /** Events that were skipped stay missing, so every later state says so. */
  const set = (next: Connection) => store.set({ ...next, ...(store.get().skipped && { skipped: true }) });
  return {
    store,
    live() {
      stop();
      set({ state: "live" });
    },
    skipped() {
      store.set({ ...store.get(), skipped: true });
    },
    lost(error: unknown) {
      const message = error instanceof Error ? error.message : String(error);
      const { state } = store.get();
      set({ state: state === "stale" ? "stale" : "reconnecting", message });
      timer ??= setTimeout(() => store.set({ ...store.get(), state: "stale" }), staleMs);
    },
    refused(message: string) {
      stop();
      set({ state: "refused", message });
    },
    close: stop,
  };
}
