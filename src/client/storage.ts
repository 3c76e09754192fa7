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
  /**
   * For a storage whose tokens somebody else renews: has that done for those with this access token, so that `get`
   * gives their successors afterwards, or none when the session has ended. Rejects when it could not be found out.
   * Without it the client renews them.
   */
  renew?(accessToken: string): Promise<void>;
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
 * page can read it, today's and tomorrow's. Choose it where no foreign script runs, and otherwise COOKIE, which no
 * script can read. Where there is no such storage, the browser blocks it, or it is full, the session is in memory
 * instead, as with `memoryStorage`, and the console is warned once.
 */
export function localTokenStorage(
  key = "sallyport",
  area: StorageArea | undefined = pageStorage(),
): TokenStorage {
  const memory = memoryStorage();
  let isWarned = false;
  const warn = () => {
    if (!isWarned) console.warn("Sallyport: localStorage cannot be used here, so a reload signs out");
    isWarned = true;
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
        // What stands there is spent: another tab that used it would end the session.
        if (tokens) attempt(() => store(undefined));
      }
    },
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

/** The page's own; undefined where there is none, and where a browser that blocks it throws at the mere question. */
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

/** What was stored, unless something else wrote there. */
function checked(value: unknown): StoredTokens | undefined {
  const { accessToken, renewAt, refreshToken } = (value ?? {}) as Partial<StoredTokens>;
  return typeof accessToken === "string" && typeof renewAt === "number" && typeof refreshToken === "string"
    ? { accessToken, renewAt, refreshToken }
    : undefined;
}
