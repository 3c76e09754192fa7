import { InvalidInput } from "../../../lib/errors.ts";

/** The parts of Modal's server URL. */
export type ModalServer = {
  /** The normalised URL, without a trailing slash or a default port. */
  url: string;
  /** The host; an IPv6 address has no brackets. */
  hostname: string;
  port: number;
  /** `host:port`; an IPv6 address has brackets. */
  authority: string;
  /** TLS if true, otherwise plaintext HTTP/2. */
  secure: boolean;
};

const DEFAULT_PORTS: Record<string, number> = { "https:": 443, "http:": 80 };

/**
 * Parses `MODAL_SERVER_URL`: `https://host[:port]` for TLS (default port 443), `http://host[:port]` for plaintext
 * (80).
 *
 * @throws InvalidInput for anything else: another scheme or none, a list, a path, a query, or a user name.
 */
export function parseModalServerUrl(text: string): ModalServer {
  const url = URL.parse(text.trim());
  const defaultPort = url && DEFAULT_PORTS[url.protocol];
  if (!url || !defaultPort || text.includes(",")) throw invalidUrl("it must be one https:// or http:// URL");
  if (url.username || url.password) throw invalidUrl("it must not hold a user name or password");
  if (url.pathname !== "/" || url.search || url.hash) throw invalidUrl("it must end after host and port");
  const port = Number(url.port || defaultPort);
  return {
    url: url.origin,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    authority: `${url.hostname}:${port}`,
    secure: url.protocol === "https:",
  };
}

/** Does not quote the URL, because a secret may have been pasted by mistake. */
function invalidUrl(state: string): InvalidInput {
  return new InvalidInput(
    `Cannot use Modal's server URL: ${state}`,
    "Set MODAL_SERVER_URL to a URL such as https://api.modal.com",
  );
}
