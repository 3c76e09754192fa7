import { Store } from "./store.ts";

/**
 * How it stands with the server. `connecting` until the first answer; `live` while the tail of the log is heard;
 * `reconnecting` when it was lost, and `stale` when that lasts, since what is shown grows old; `refused` when the
 * server will not have this token any more.
 */
export type Connection = {
  state: "connecting" | "live" | "reconnecting" | "stale" | "refused";
  /** Why, when it is not live. */
  message?: string;
};

/** What is shown may be this old before it is called stale. */
const STALE_MS = 10_000;

/** The connection as the tail finds it. `close` stops its timer. */
export function watchConnection(staleMs = STALE_MS) {
  const store = new Store<Connection>({
    state: "connecting",
    message: "The server has yet to answer",
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
