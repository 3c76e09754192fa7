import { backOffMs } from "../../../lib/sleep.ts";
import { GoogleUnreachable } from "./google_api.ts";
import { NoAnswer, type SendHttp } from "./google_http.ts";

/** The keys that sign Google's ID tokens, as PEM certificates by key id. */
export type GoogleKeys = {
  /**
   * Finds a key by its id; undefined if Google publishes no such key. Keys are cached for the lifetime in their
   * headers. An unknown id fetches them again, at most once a minute. While Google cannot be reached, expired keys
   * are used for another day. Parallel calls share one request.
   *
   * @throws GoogleUnreachable if the keys cannot be fetched and no usable ones are cached.
   */
  find(kid: string): Promise<string | undefined>;
};

type Published = { keys: ReadonlyMap<string, string>; freshUntil: number; fetchedAt: number };

/** Minimum between fetches, because an unknown key id is usually invalid and the cache header may be missing. */
const MIN_FETCH_INTERVAL_SECONDS = 60;
/** Short timeout while cached keys can be used, so that sign-in stays fast when Google is unavailable. */
const TIMEOUT_WITH_KEYS_SECONDS = 2;
const FIRST_PAUSE_MS = 5_000;
const MAX_PAUSE_MS = 5 * 60_000;
/** Maximum use of expired keys while Google cannot be reached. It limits how long a revoked key is accepted. */
const MAX_STALE_SECONDS = 24 * 60 * 60;

const ACTION = "check a Google token";

/** Creates a cache of the keys at `url`. The first lookup fetches them. */
export function createGoogleKeys(url: string, http: SendHttp, now: () => Date): GoogleKeys {
  let published: Published | undefined;
  let fetching: Promise<void> | undefined;
  let failures = 0;
  let notBefore = -Infinity;
  const seconds = () => now().getTime() / 1000;

  async function fetchOnce(): Promise<void> {
    const timeoutSeconds = published && seconds() < published.freshUntil + MAX_STALE_SECONDS
      ? TIMEOUT_WITH_KEYS_SECONDS
      : undefined;
    try {
      published = await fetchKeys(url, http, seconds, timeoutSeconds);
      failures = 0;
      notBefore = -Infinity;
    } catch (error) {
      if (!(error instanceof NoAnswer)) throw error;
      notBefore = seconds() + backOffMs(++failures, FIRST_PAUSE_MS, MAX_PAUSE_MS) / 1000;
    }
  }

  /** Fetches the keys, unless a recent fetch failed. Parallel calls share one request. */
  async function refresh(): Promise<void> {
    if (!fetching && seconds() < notBefore) return;
    await (fetching ??= fetchOnce().finally(() => fetching = undefined));
  }

  return {
    async find(kid) {
      if (!published || seconds() >= published.freshUntil) await refresh();
      else if (!published.keys.has(kid) && seconds() >= published.fetchedAt + MIN_FETCH_INTERVAL_SECONDS) {
        await refresh();
      }
      const key = published?.keys.get(kid);
      if (!published || seconds() >= published.freshUntil + MAX_STALE_SECONDS) throw unreachable();
      // Google may have published this key since our last successful fetch.
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
  timeoutSeconds: number | undefined,
): Promise<Published> {
  const { status, headers, text } = await http({ url, method: "GET" }, timeoutSeconds);
  const keys = status === 200 ? readKeys(text) : undefined;
  if (!keys) throw new NoAnswer("Google's keys cannot be fetched");
  const fetchedAt = seconds();
  return { keys, fetchedAt, freshUntil: fetchedAt + lifetimeOf(headers) };
}

/** Reads the certificates by key id; undefined if the response is malformed or empty. */
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

/** RFC 9111 §4.2: `max-age` minus the `Age` that a cache in between reports. */
function lifetimeOf(headers: Headers): number {
  const [, maxAge = "0"] = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(headers.get("cache-control") ?? "") ?? [];
  const [, age = "0"] = /^\s*(\d{1,9})\s*$/.exec(headers.get("age") ?? "") ?? [];
  return Math.max(MIN_FETCH_INTERVAL_SECONDS, Number(maxAge) - Number(age));
}
