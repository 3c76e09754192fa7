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
};

/** For this page alone, and gone when it is closed: nothing else can read it. */
export function memoryStorage(): TokenStorage {
  let kept: StoredTokens | undefined;
  return { get: () => kept, set: (tokens) => void (kept = tokens), shared: false };
}

/**
 * In `localStorage`: the session goes on after a reload, and in every tab. Whatever script runs on the page can read it,
 * today's and tomorrow's: choose it where no foreign script runs, and otherwise COOKIE, which no script can read.
 */
export function localTokenStorage(key = "sallyport", area: Storage = localStorage): TokenStorage {
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
  };
}

/** What was stored, unless something else wrote there. */
function checked(value: unknown): StoredTokens | undefined {
  const { accessToken, renewAt, refreshToken } = (value ?? {}) as Partial<StoredTokens>;
  return typeof accessToken === "string" && typeof renewAt === "number" && typeof refreshToken === "string"
    ? { accessToken, renewAt, refreshToken }
    : undefined;
}
