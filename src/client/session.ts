import type { TokenPair } from "./answers.ts";
import { REFRESH } from "./documents.ts";
import type { StoredTokens, TokenStorage } from "./storage.ts";
import { openTabs } from "./tabs.ts";
import { CannotReachServer, RequestRefused, type Transport } from "./transport.ts";

/** The session of one client, and of all tabs that share its storage. */
export type Session = {
  /** Whether there is one, as far as is known here. */
  readonly open: boolean;
  /** Keeps what a sign-in answered. */
  begin(tokens: TokenPair): void;
  /** Forgets the tokens; the server is not asked. */
  forget(): void;
  /** An access token that is not over, renewed if need be; undefined when nobody is signed in. Throws as `Transport` does. */
  accessToken(): Promise<string | undefined>;
  /** Renews the token that was refused, unless that has happened meanwhile. Whether there is a session still. */
  renew(refused: string): Promise<boolean>;
  /** Calls `listener` whenever a session begins or ends, here or in another tab. Returns how to stop. */
  onChange(listener: (open: boolean) => void): () => void;
  close(): void;
};

/** A token is renewed when so much of its life is left, or a tenth of it: a call that begins in time must end in time. */
const RENEW_BEFORE_MS = 30_000;

/** The server gives the same successor for ten seconds: an answer that was lost is asked for again within that time. */
const RETRY_AFTER_MS = [250, 750, 2_000, 4_000];

/**
 * Keeps one session. Any number of calls and tabs that need a new access token at once make one refresh. The session is
 * forgotten only when the server says that it has ended: no failure of the network, no limit and no outage does that.
 */
export function keepSession(
  transport: Transport,
  storage: TokenStorage,
  name: string,
  sleep: (ms: number) => Promise<void>,
): Session {
  const tabs = openTabs(name, storage.shared);
  const listeners = new Set<(open: boolean) => void>();
  let known = storage.get() !== undefined;
  const noticed = () => {
    const open = storage.get() !== undefined;
    if (open === known) return;
    known = open;
    for (const listener of listeners) listener(open);
  };
  const keep = (tokens: StoredTokens | undefined) => {
    storage.set(tokens);
    tabs.tell();
    noticed();
  };
  tabs.onTold(noticed);

  /** The tokens that follow `spent`; undefined when the session has ended. */
  const refreshed = async (spent: StoredTokens): Promise<StoredTokens | undefined> => {
    for (let tries = 0;; tries++) {
      try {
        const { result: answer } = await transport.send<RefreshAnswer>({
          query: REFRESH,
          variables: { input: { refreshToken: spent.refreshToken } },
        });
        if (answer.tokens) return storedOf(answer.tokens);
        if (answer.code === "SESSION_ENDED" || answer.code === "REFRESH_TOKEN_REUSED") return undefined;
        throw new RequestRefused(answer.message ?? "The session could not be renewed", answer.code);
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
      const present = storage.get();
      if (!present || present.accessToken !== spent) return present;
      const next = await refreshed(present);
      // Somebody may have signed in or out meanwhile: theirs is the last word.
      if (storage.get()?.accessToken === spent) keep(next);
      return storage.get();
    }).finally(() => renewing = undefined);

  return {
    get open() {
      return storage.get() !== undefined;
    },
    begin: (tokens) => keep(storedOf(tokens)),
    forget: () => keep(undefined),
    accessToken: async () => {
      const present = storage.get();
      if (!present || Date.now() < present.renewAt) return present?.accessToken;
      return (await renewOnce(present.accessToken))?.accessToken;
    },
    renew: async (refused) => await renewOnce(refused) !== undefined,
    onChange: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    close: () => {
      listeners.clear();
      tabs.close();
    },
  };
}

type RefreshAnswer = { result: { tokens?: TokenPair; code?: string; message?: string } };

/** By the token's own life and our clock: the server's may be an hour off from it. */
function storedOf({ accessToken, refreshToken }: TokenPair): StoredTokens {
  const lifeMs = lifeSecondsOf(accessToken) * 1000;
  const renewAt = Date.now() + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 10);
  return { accessToken, refreshToken, renewAt };
}

function lifeSecondsOf(token: string): number {
  try {
    const payload = token.split(".")[1] ?? "";
    const { iat, exp } = JSON.parse(atob(payload.replaceAll("-", "+").replaceAll("_", "/")));
    return Number(exp) - Number(iat);
  } catch {
    return 0;
  }
}
