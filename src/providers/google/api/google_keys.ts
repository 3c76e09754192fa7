import { backOffMs } from "../../../lib/sleep.ts";
import { GoogleUnreachable } from "./google_api.ts";
import { NoAnswer, type SendHttp } from "./google_http.ts";

/** The keys of Google's ID tokens: certificates as PEM, by key id. */
export type GoogleKeys = {
  /**
   * The key of this id; undefined when Google publishes none. Keys are kept as long as their headers say, looked up
   * anew for an unknown id, never more than once a minute, and used beyond their time, for a day, while Google cannot
   * be asked. However many ask, one asks Google. Throws `GoogleUnreachable` when there is nothing to decide by.
   */
  find(kid: string): Promise<string | undefined>;
};

type Published = { keys: ReadonlyMap<string, string>; freshUntil: number; fetchedAt: number };

/** However often keys have to be looked up: an unknown key id is most often nonsense, and a header may be missing. */
const LEAST_SECONDS = 60;
/** Whoever signs in while Google is away should not wait long, when there are keys to go on with. */
const PATIENCE_WITH_KEYS_SECONDS = 2;
const FIRST_PAUSE_MS = 5_000;
const MOST_PAUSE_MS = 5 * 60_000;
/** A key that Google has withdrawn passes no longer than that because we could not learn of it. */
const STALE_SECONDS = 24 * 60 * 60;

const ACTION = "check a Google token";

/** Keys of `url`, fetched when the first one is asked for. */
export function createGoogleKeys(url: string, http: SendHttp, now: () => Date): GoogleKeys {
  let published: Published | undefined;
  let fetching: Promise<void> | undefined;
  let failures = 0;
  let notBefore = -Infinity;
  const seconds = () => now().getTime() / 1000;

  async function fetchOnce(): Promise<void> {
    const patience = published && seconds() < published.freshUntil + STALE_SECONDS
      ? PATIENCE_WITH_KEYS_SECONDS
      : undefined;
    try {
      published = await fetchKeys(url, http, seconds, patience);
      failures = 0;
      notBefore = -Infinity;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      notBefore = seconds() + backOffMs(++failures, FIRST_PAUSE_MS, MOST_PAUSE_MS) / 1000;
    }
  }

  /** Asks Google, unless it lately failed; whoever else asks meanwhile waits for the same answer. */
  async function refresh(): Promise<void> {
    if (!fetching && seconds() < notBefore) return;
    await (fetching ??= fetchOnce().finally(() => fetching = undefined));
  }

  return {
    async find(kid) {
      if (!published || seconds() >= published.freshUntil) await refresh();
      else if (!published.keys.has(kid) && seconds() >= published.fetchedAt + LEAST_SECONDS) {
        await refresh();
      }
      const key = published?.keys.get(kid);
      if (!published || seconds() >= published.freshUntil + STALE_SECONDS) throw unreachable();
      // It may be one that Google has begun to use meanwhile.
      if (!key && failures > 0) throw unreachable();
      return key;
    },
  };
}

function unreachable(): GoogleUnreachable {
  return new GoogleUnreachable(ACTION, "Google's keys cannot be fetched");
}

async function fetchKeys(
  url: string,
  http: SendHttp,
  seconds: () => number,
  patience: number | undefined,
): Promise<Published> {
  const { status, headers, text } = await http({ url, method: "GET" }, patience);
  const keys = status === 200 ? readKeys(text) : undefined;
  if (!keys) throw new NoAnswer("Google's keys cannot be fetched");
  const fetchedAt = seconds();
  return { keys, fetchedAt, freshUntil: fetchedAt + lifetimeOf(headers) };
}

/** Undefined unless it is an object of certificates, at least one. */
function readKeys(text: string): Map<string, string> | undefined {
  try {
    const entries = Object.entries(JSON.parse(text) as Record<string, unknown>);
    const isCertificate = (value: unknown): value is string =>
      typeof value === "string" && value.startsWith("-----BEGIN CERTIFICATE-----");
    const keys = entries.filter((entry): entry is [string, string] => isCertificate(entry[1]));
    return keys.length > 0 && keys.length === entries.length ? new Map(keys) : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 9111 §4.2: `max-age` less the `Age` that a cache on the way reports. */
function lifetimeOf(headers: Headers): number {
  const [, maxAge = "0"] = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get("cache-control") ?? "") ?? [];
  const [, age = "0"] = /^\s*(\d{1,9})\s*$/.exec(headers.get("age") ?? "") ?? [];
  return Math.max(LEAST_SECONDS, Number(maxAge) - Number(age));
}
