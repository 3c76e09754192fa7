import { isLoopbackHost } from "../network/address_ranges.ts";

/** A mail server, parsed from `SMTP_URL`. */
export type SmtpServer = {
  host: string;
  port: number;
  /** `implicit`: TLS from the start. `required`: STARTTLS. */
  tls: "implicit" | "required" | "none";
  auth: { user: string; pass: string } | undefined;
};

/** RFC 8314 §7.3 and RFC 6409. */
const PORTS: Record<string, number> = { "smtps:": 465, "smtp:": 587 };

/**
 * Parses `smtp(s)://[user:password@]host[:port][?tls=none]`. Returns undefined for anything else. TLS is
 * required, except on this machine or with `?tls=none`.
 */
export function parseSmtpUrl(text: string): SmtpServer | undefined {
  const url = URL.parse(text);
  const defaultPort = url && PORTS[url.protocol];
  if (!url || !defaultPort || !url.hostname || url.hash || !["", "/"].includes(url.pathname)) {
    return undefined;
  }
  if (!["", "?tls=none"].includes(url.search)) return undefined;
  // The URL parser only canonicalises hosts of web schemes, so we parse the host as http.
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
