/** The servers of a database URL, in its order, and whether only one that accepts writes may be used. */
export type ServerUrls = { urls: readonly string[]; readWrite: boolean };

/** Scheme with user and password, hosts, and the rest. A password may contain an `@`. */
const SHAPE = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)(.*)$/s;

/**
 * Splits a URL with several hosts, such as `postgres://user@one:5432,two:5433/db`, as libpq does; `pg` knows
 * only one. `target_session_attrs` is `any` or `read-write`. Unlike libpq, several hosts default to
 * `read-write`, because this server cannot work on a standby. Throws an `Error` that does not contain the URL.
 */
export function parseServerUrls(value: string): ServerUrls {
  const [, before, hosts, after] = SHAPE.exec(value) ?? [];
  const urls = hosts?.split(",").map((host) => `${before}${host}${after}`) ?? [];
  const parsed = urls.map((url) => URL.parse(url));
  const isComplete = urls.length === 1 || parsed.every((url) => url?.hostname);
  if (!parsed[0] || parsed.includes(null) || !isComplete) {
    throw new Error("must be a URL like postgres://user@host/database, or with several hosts: @host1,host2/");
  }
  const wanted = parsed[0].searchParams.get("target_session_attrs") ??
    (urls.length > 1 ? "read-write" : "any");
  if (wanted !== "any" && wanted !== "read-write") {
    throw new Error("must have a target_session_attrs of read-write or any");
  }
  return { urls, readWrite: wanted === "read-write" };
}
