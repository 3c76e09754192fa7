import type { StoredTokens, TokenStorage } from "../../client/sallyport.ts";

/** A storage with a mirror in another window. */
export type MirroredStorage = TokenStorage & {
  /** Stores tokens that were set in the mirror. */
  receive(tokens: StoredTokens | null): void;
};

/** Wraps `base`, and calls `send` with all tokens that are set here. */
export function mirroredStorage(
  base: TokenStorage,
  send: (tokens: StoredTokens | null) => void,
): MirroredStorage {
  const listeners = new Set<() => void>();
  return {
    get: base.get,
    shared: base.shared,
    set: (tokens) => {
      base.set(tokens);
      send(tokens ?? null);
    },
    receive: (tokens) => {
      base.set(tokens ?? undefined);
      for (const listener of listeners) listener();
    },
    onChange: (listener) => {
      const stop = base.onChange?.(listener);
      listeners.add(listener);
      return () => {
        stop?.();
        listeners.delete(listener);
      };
    },
  };
}
