import { isLoopbackHost } from "../network/address_ranges.ts";

/** A mail server, as `SMTP_URL` says it. */
export type SmtpServer = {
  host: string;
  port: number;
  /** `implicit`: from the first byte. `required`: by STARTTLS, or not at all. */
  tls: "implicit" | "required" | "none";
  auth: { user: string; pass: string } | undefined;
};

/** RFC 8314 §7.3 and RFC 6409. */
const PORTS: Record<string, number> = { "smtps:": 465, "smtp:": 587 };

/**
 * Reads `smtp(s)://[user:password@]host[:port][?tls=none]`, or undefined for anything else. Without TLS are only
 * the servers of this machine, and those whose URL asks for it.
 */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  const defaultPort = url && PORTS[url.protocol];
  if (!url || !defaultPort || !url.hostname || url.hash || !["", "/"].includes(url.pathname)) {
    return undefined;
  }
  if (!["", "?tls=none"].includes(url.search)) return undefined;
  // The parser takes a host as it stands in a URL of this scheme, and in its one canonical form in one of the web's.
  const host = URL.parse(`http://${url.hostname}`)?.hostname.replace(/^\[|\]$/g, "");
  const user = decode(url.username);
  const pass = decode(url.password);
  if (!host || user === undefined || pass === undefined) return undefined;
  const open = url.search !== "" || isLoopbackHost(host);
  return {
    host,
    port: Number(url.port || defaultPort),
    tls: url.protocol === "smtps:" ? "implicit" : open ? "none" : "required",
    auth: user ? { user, pass } : undefined,
  };
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
