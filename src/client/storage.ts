/** What a client keeps between calls, and perhaps between visits. */
export type StoredTokens = {
  accessToken: string;
  /** When to renew it, by this machine's clock, in milliseconds since 1970. */
  renewAt: number;
  refreshToken: string;
};

/** Where the tokens of one server are kept. */
export type TokenStorage = {
  get(): StoredTokens | undefined;
  set(tokens: StoredTokens | undefined): void;
  /** Shared by the tabs of a browser: what one of them sets, the others get. */
  readonly shared: boolean;
  /** Calls `listener` when another tab has set something. Returns how to stop. */
  onChange?(listener: () => void): () => void;
};

/**
 * For this page alone, and gone when it is closed: nothing outside it can read it. What it costs: a reload signs out,
 * and each tab signs in by itself.
 */
export function memoryStorage(): TokenStorage {
  let kept: StoredTokens | undefined;
  return { get: () => kept, set: (tokens) => void (kept = tokens), shared: false };
}

/** What is used of a browser's `localStorage`. */
export type StorageArea = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

/**
 * In `localStorage`: the session goes on after a reload, and in every tab. What it costs: whatever script runs on the
 * page can read it, today's and tomorrow's. Choose it where no foreign script runs, and otherwise COOKIE, which no script
 * can read.
 */
export function localTokenStorage(key = "sallyport", area: StorageArea = localStorage): TokenStorage {
  return {
    shared: true,
    get: () => {
      try {
        return checked(JSON.parse(area.getItem(key) ?? "null"));
      } catch {
        return undefined;
      }
    },
    set: (tokens) => tokens ? area.setItem(key, JSON.stringify(tokens)) : area.removeItem(key),
    onChange: (listener) => {
      const heard = (event: Event) => {
        // Null when everything was cleared.
        const { key: name = null } = event as Event & { key?: string | null };
        if (name === key || name === null) listener();
      };
      globalThis.addEventListener?.("storage", heard);
      return () => globalThis.removeEventListener?.("storage", heard);
    },
  };
}

/** What was stored, unless something else wrote there. */
function checked(value: unknown): StoredTokens | undefined {
  const { accessToken, renewAt, refreshToken } = (value ?? {}) as Partial<StoredTokens>;
  return typeof accessToken === "string" && typeof renewAt === "number" && typeof refreshToken === "string"
    ? { accessToken, renewAt, refreshToken }
    : undefined;
}
