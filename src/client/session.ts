import type { TokenPair } from "./answers.ts";
import { RefreshSession } from "./documents.ts";
import type { StoredTokens, TokenStorage } from "./storage.ts";
import { openTabs } from "./tabs.ts";
import { CannotReachServer, RequestRefused, type Transport } from "./transport.ts";

/** The session of one client, and of all tabs that share its storage or its cookie. */
export type Session = {
  /** The id of the session that this client knows. With a cookie, the id that the server last reported. */
  readonly id: string | undefined;
  readonly refreshToken: string | undefined;
  /**
   * Stores the tokens of a new session, or new tokens of this one. `replaced` is the refresh token before the request:
   * if another tab has refreshed this session since then, its tokens are newer and stay.
   */
  begin(tokens: TokenPair, replaced?: string): void;
  /** Records the session that the server reports for the cookie. Does nothing when the session is in tokens. */
  setCookieSession(id: string | undefined): void;
  /** Forgets the session without a request to the server. */
  forget(): void;
  /** Returns the tokens and forgets them: another client keeps and renews them from now on. */
  handOver(): Promise<TokenPair | undefined>;
  /**
   * A valid access token other than `refused`, renewed if necessary; undefined when no user is signed in. Throws as
   * `Transport` does.
   */
  accessToken(refused?: string): Promise<string | undefined>;
  /** Renews the refused token, unless it was already replaced. Returns whether there still is a session. */
  renew(refused: string): Promise<boolean>;
  /**
   * Calls `listener` when a session begins, is replaced or ends, in this tab or in another. Returns a function that
   * stops it.
   */
  onChange(listener: (open: boolean) => void): () => void;
  close(): void;
};

export type SessionOptions = {
  transport: Transport;
  storage: TokenStorage;
  /** Whether the session is in a cookie: then all tabs share it, and `storage` is not used. */
  cookie: boolean;
  /** The name of the lock and the channel that tabs share. */
  name: string;
  sleep: (ms: number) => Promise<void>;
};

/**
 * A token is renewed this long before it expires, or a tenth of its lifetime if that is shorter: a request that starts
 * in time must also end in time.
 */
const RENEW_BEFORE_MS = 30_000;

const REFRESH_TIMEOUT_MS = 4_000;

/**
 * Pauses before a refresh is repeated. For ten seconds the server answers a repeated refresh with the same tokens, so a
 * lost answer is requested again at least twice within that time.
 */
const RETRY_AFTER_MS = [250, 750, 2_000, 4_000];

/**
 * Keeps one session. When many calls and tabs need a new access token at once, they share one refresh. The session is
 * forgotten only when the server reports that it has ended, never because of a network failure, a limit or an outage.
 */
export function keepSession({ transport, storage, cookie, name, sleep }: SessionOptions): Session {
  const tabs = openTabs(name, cookie || storage.shared);
  const listeners = new Set<(open: boolean) => void>();
  let cookieSessionId: string | undefined;
  const currentId = () => cookie ? cookieSessionId : sessionOf(storage.get());
  let notifiedId = currentId();
  const notify = () => {
    const id = currentId();
    if (id === notifiedId) return;
    notifiedId = id;
    for (const listener of [...listeners]) listener(id !== undefined);
  };
  const changed = () => {
    tabs.announce(currentId());
    notify();
  };
  const store = (tokens: StoredTokens | undefined) => {
    storage.set(tokens);
    changed();
  };
  tabs.onAnnounced((id) => {
    if (cookie) cookieSessionId = id;
    notify();
  });
  const unwatch = storage.onChange?.(notify);

  /** Exchanges the refresh token for new tokens; undefined when the session has ended. */
  const refresh = async ({ refreshToken }: StoredTokens): Promise<StoredTokens | undefined> => {
    for (let retries = 0;; retries++) {
      try {
        const operation = { query: RefreshSession, variables: { input: { refreshToken } } };
        const { result } = await transport.send(operation, {
          signal: AbortSignal.timeout(REFRESH_TIMEOUT_MS),
        });
        if ("tokens" in result && result.tokens) return storedOf(result.tokens);
        const { code, message } = "code" in result ? result : NO_TOKENS;
        if (code === "SESSION_ENDED" || code === "REFRESH_TOKEN_REUSED") return undefined;
        throw new RequestRefused(message, code);
      } catch (error) {
        const pause = RETRY_AFTER_MS[retries];
        if (!(error instanceof CannotReachServer) || pause === undefined) throw error;
        await sleep(pause);
      }
    }
  };

  let renewing: Promise<StoredTokens | undefined> | undefined;
  /** Runs one refresh at a time, over all tabs. Later callers share its result. */
  const renewOnce = (oldToken: string) =>
    renewing ??= tabs.exclusively(async () => {
      const stored = storage.get();
      if (!stored || stored.accessToken !== oldToken) return stored;
      if (storage.renew) {
        await storage.renew(oldToken);
        return storage.get();
      }
      const next = await refresh(stored);
      // If the user has signed in or out meanwhile, the new state wins.
      if (storage.get()?.accessToken === oldToken) store(next);
      return storage.get();
    }).finally(() => renewing = undefined);

  return {
    get id() {
      return currentId();
    },
    get refreshToken() {
      return storage.get()?.refreshToken;
    },
    begin: (tokens, replaced) => {
      const [stored, next] = [storage.get(), storedOf(tokens)];
      const isSame = replaced !== undefined && sessionOf(stored) === sessionOf(next);
      if (isSame && ![replaced, next.refreshToken].includes(stored?.refreshToken ?? "")) return;
      store(next);
    },
    setCookieSession: (id) => {
      if (!cookie || id === cookieSessionId) return;
      cookieSessionId = id;
      changed();
    },
    forget: () => {
      cookieSessionId = undefined;
      store(undefined);
    },
    handOver: async () => {
      // A refresh under way replaces the tokens.
      await renewing?.catch(() => {});
      const stored = storage.get();
      if (stored) store(undefined);
      return stored && { accessToken: stored.accessToken, refreshToken: stored.refreshToken };
    },
    accessToken: async (refused) => {
      const stored = storage.get();
      const isGood = stored && Date.now() < stored.renewAt && stored.accessToken !== refused;
      if (!stored || isGood) return stored?.accessToken;
      return (await renewOnce(stored.accessToken))?.accessToken;
    },
    renew: async (refused) => await renewOnce(refused) !== undefined,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      unwatch?.();
      tabs.close();
    },
  };
}

const NO_TOKENS = { code: undefined, message: "The session could not be renewed" };

/** Computes the renewal time from the token's lifetime and our own clock, which may differ from the server's. */
function storedOf({ accessToken, refreshToken }: TokenPair): StoredTokens {
  const { iat, exp } = claimsOf(accessToken);
  const lifeMs = (exp - iat) * 1000;
  const renewAt = Date.now() + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 10);
  return { accessToken, refreshToken, renewAt };
}

function sessionOf(stored: StoredTokens | undefined): string | undefined {
  return stored && claimsOf(stored.accessToken).sid;
}

/** The claims of an access token, not verified. A malformed token counts as expired. */
function claimsOf(token: string): { sid: string; iat: number; exp: number } {
  try {
    const payload = token.split(".")[1] ?? "";
    const { sid, iat, exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return { sid: String(sid), iat: Number(iat), exp: Number(exp) };
  } catch {
    return { sid: "", iat: 0, exp: 0 };
  }
}
