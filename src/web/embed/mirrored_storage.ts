import type { StoredTokens, TokenStorage } from "../../client/sallyport.ts";

/** A storage whose other half is in another window. */
export type ToldStorage = TokenStorage & {
  /** Keeps what the other half has set. */
  told(tokens: StoredTokens | null): void;
};

/** `base`, and `tell` is called with whatever is set here. */
export function mirroredStorage(
  base: TokenStorage,
  tell: (tokens: StoredTokens | null) => void,
): ToldStorage {
  const listeners = new Set<() => void>();
  return {
    get: base.get,
    shared: base.shared,
    set: (tokens) => {
      base.set(tokens);
      tell(tokens ?? null);
    },
    told: (tokens) => {
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
