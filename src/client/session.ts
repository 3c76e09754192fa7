import type { TokenPair } from "./answers.ts";
import { RefreshSession } from "./documents.ts";
import type { StoredTokens, TokenStorage } from "./storage.ts";
import { openTabs } from "./tabs.ts";
import { CannotReachServer, RequestRefused, type Transport } from "./transport.ts";

/** The session of one client, and of all tabs that share its storage or its cookie. */
export type Session = {
  /** Which one there is, as far as is known here; with a cookie it is what the server said last. */
  readonly id: string | undefined;
  /** Keeps the tokens of one that begins. */
  begin(tokens: TokenPair): void;
  /** Keeps what the server says of one in a cookie; with tokens there is nothing to learn. */
  learn(id: string | undefined): void;
  /** Forgets the session; the server is not asked. */
  forget(): void;
  /** Gives the tokens away: they are another client's to keep and to renew now. */
  handOver(): Promise<TokenPair | undefined>;
  /**
   * An access token that is not over nor the `refused` one, renewed if need be; undefined when nobody is signed in.
   * Throws as `Transport` does.
   */
  accessToken(refused?: string): Promise<string | undefined>;
  /** Renews the token that was refused, unless that has happened meanwhile. Whether there is a session still. */
  renew(refused: string): Promise<boolean>;
  /**
   * Calls `listener` whenever a session begins, takes the place of another, or ends, here or in another tab. Returns
   * how to stop.
   */
  onChange(listener: (open: boolean) => void): () => void;
  close(): void;
};

export type SessionOptions = {
  transport: Transport;
  storage: TokenStorage;
  /** The session is in a cookie: in every tab the same, and never in `storage`. */
  cookie: boolean;
  /** What tabs call it by. */
  name: string;
  sleep: (ms: number) => Promise<void>;
};

/**
 * A token is renewed when so much of its life is left, or a tenth of it: a call that begins in time must end in time.
 */
const RENEW_BEFORE_MS = 30_000;

/** How long the answer to a refresh is waited for. */
const ANSWER_MS = 4_000;

/**
 * The server gives the same successor for ten seconds: an answer that was lost is asked for again, at least twice
 * within that time.
 */
const RETRY_AFTER_MS = [250, 750, 2_000, 4_000];

/**
 * Keeps one session. Any number of calls and tabs that need a new access token at once make one refresh. The session is
 * forgotten only when the server says that it has ended: no failure of the network, no limit and no outage does that.
 */
export function keepSession({ transport, storage, cookie, name, sleep }: SessionOptions): Session {
  const tabs = openTabs(name, cookie || storage.shared);
  const listeners = new Set<(open: boolean) => void>();
  let inCookie: string | undefined;
  const present = () => cookie ? inCookie : sessionOf(storage.get());
  let known = present();
  const notice = () => {
    const id = present();
    if (id === known) return;
    known = id;
    for (const listener of [...listeners]) listener(id !== undefined);
  };
  const changed = () => {
    tabs.tell(present());
    notice();
  };
  const keep = (tokens: StoredTokens | undefined) => {
    storage.set(tokens);
    changed();
  };
  tabs.onTold((id) => {
    if (cookie) inCookie = id;
    notice();
  });
  const unwatch = storage.onChange?.(notice);

  /** The tokens that follow `spent`; undefined when the session has ended. */
  const refreshed = async (spent: StoredTokens): Promise<StoredTokens | undefined> => {
    for (let tries = 0;; tries++) {
      try {
        const operation = {
          query: RefreshSession,
          variables: { input: { refreshToken: spent.refreshToken } },
        };
        const { result } = await transport.send(operation, { signal: AbortSignal.timeout(ANSWER_MS) });
        if ("tokens" in result && result.tokens) return storedOf(result.tokens);
        const { code, message } = "code" in result ? result : NO_TOKENS;
        if (code === "SESSION_ENDED" || code === "REFRESH_TOKEN_REUSED") return undefined;
        throw new RequestRefused(message, code);
      } catch (error) {
        const pause = RETRY_AFTER_MS[tries];
        if (!(error instanceof CannotReachServer) || pause === undefined) throw error;
        await sleep(pause);
      }
    }
  };

  let renewing: Promise<StoredTokens | undefined> | undefined;
  /** One refresh at a time, over all tabs; who comes later gets what it brought. */
  const renewOnce = (spent: string) =>
    renewing ??= tabs.alone(async () => {
      const stored = storage.get();
      if (!stored || stored.accessToken !== spent) return stored;
      if (storage.renew) {
        await storage.renew(spent);
        return storage.get();
      }
      const next = await refreshed(stored);
      // Somebody may have signed in or out meanwhile: theirs is the last word.
      if (storage.get()?.accessToken === spent) keep(next);
      return storage.get();
    }).finally(() => renewing = undefined);

  return {
    get id() {
      return present();
    },
    begin: (tokens) => keep(storedOf(tokens)),
    learn: (id) => {
      if (!cookie || id === inCookie) return;
      inCookie = id;
      changed();
    },
    forget: () => {
      inCookie = undefined;
      keep(undefined);
    },
    handOver: async () => {
      // What is being renewed is spent already: its successor is what there is to give.
      await renewing?.catch(() => {});
      const stored = storage.get();
      if (stored) keep(undefined);
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

/** By the token's own life and our clock: the server's may be an hour off from it. */
function storedOf({ accessToken, refreshToken }: TokenPair): StoredTokens {
  const { iat, exp } = claimsOf(accessToken);
  const lifeMs = (exp - iat) * 1000;
  const renewAt = Date.now() + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 10);
  return { accessToken, refreshToken, renewAt };
}

function sessionOf(stored: StoredTokens | undefined): string | undefined {
  return stored && claimsOf(stored.accessToken).sid;
}

/** What an access token says of itself: it is the server's to check. One that cannot be read is over at once. */
function claimsOf(token: string): { sid: string; iat: number; exp: number } {
  try {
    const payload = token.split(".")[1] ?? "";
    const { sid, iat, exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return { sid: String(sid), iat: Number(iat), exp: Number(exp) };
  } catch {
    return { sid: "", iat: 0, exp: 0 };
  }
}
