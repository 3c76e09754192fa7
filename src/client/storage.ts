/** The tokens of a session. */
export type StoredTokens = {
  accessToken: string;
  /** When to renew the access token: milliseconds since 1970, by this machine's clock. */
  renewAt: number;
  refreshToken: string;
};

/** Stores the tokens of one server. */
export type TokenStorage = {
  get(): StoredTokens | undefined;
  set(tokens: StoredTokens | undefined): void;
  /** Whether all tabs of a browser share it. */
  readonly shared: boolean;
  /** Calls `listener` when another tab has set tokens. Returns a function that stops it. */
  onChange?(listener: () => void): () => void;
  /**
   * Only for a storage whose tokens are renewed elsewhere: renews the tokens with this access token. Afterwards `get`
   * returns the new tokens, or undefined when the session has ended. Rejects if the renewal failed. Without this
   * method, the client renews tokens itself.
   */
  renew?(accessToken: string): Promise<void>;
};

/** Keeps tokens in memory: no other page or script can read them. A reload signs out, and each tab has its own session. */
export function memoryStorage(): TokenStorage {
  let stored: StoredTokens | undefined;
  return { get: () => stored, set: (tokens) => void (stored = tokens), shared: false };
}

/** The part of a browser's `localStorage` that we use. */
export type StorageArea = {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};

/**
 * Keeps tokens in `localStorage`: the session survives a reload, and all tabs share it. But every script on the page
 * can read the tokens: use it only on pages without third-party scripts, and otherwise COOKIE. If `localStorage` is
 * missing, blocked or full, the tokens are kept in memory, with one warning on the console.
 */
export function localTokenStorage(
  key = "sallyport",
  area: StorageArea | undefined = pageStorage(),
): TokenStorage {
  const memory = memoryStorage();
  let hasWarned = false;
  const warn = () => {
    if (!hasWarned) console.warn("Sallyport: localStorage is not available, so a reload signs out");
    hasWarned = true;
  };
  if (!area) {
    warn();
    return memory;
  }
  const store = (tokens: StoredTokens | undefined) =>
    tokens ? area.setItem(key, JSON.stringify(tokens)) : area.removeItem(key);
  return {
    shared: true,
    get: () => memory.get() ?? attempt(() => checked(JSON.parse(area.getItem(key) ?? "null"))),
    set: (tokens) => {
      memory.set(undefined);
      try {
        store(tokens);
      } catch {
        warn();
        memory.set(tokens);
        // The old tokens were used: another tab that used them again would end the session.
        if (tokens) attempt(() => store(undefined));
      }
    },
    onChange: (listener) => {
      const onStorage = (event: Event) => {
        // `key` is null after `localStorage.clear()`.
        const { key: name = null } = event as Event & { key?: string | null };
        if (name === key || name === null) listener();
      };
      globalThis.addEventListener?.("storage", onStorage);
      return () => globalThis.removeEventListener?.("storage", onStorage);
    },
  };
}

/** The page's `localStorage`; undefined if there is none. A browser that blocks it throws on access. */
function pageStorage(): StorageArea | undefined {
  return attempt(() => globalThis.localStorage) ?? undefined;
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

/** Returns the value if it has the shape that we store. */
function checked(value: unknown): StoredTokens | undefined {
  const { accessToken, renewAt, refreshToken } = (value ?? {}) as Partial<StoredTokens>;
  return typeof accessToken === "string" && typeof renewAt === "number" && typeof refreshToken === "string"
    ? { accessToken, renewAt, refreshToken }
    : undefined;
}
