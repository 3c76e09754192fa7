import { InvalidInput } from "../../../lib/errors.ts";

/** Where Modal's API is, taken apart. */
export type ModalServer = {
  /** The URL in its plainest form, without a slash at the end or a port that goes without saying. */
  url: string;
  /** The host alone; an IPv6 address without brackets. */
  hostname: string;
  port: number;
  /** `host:port`, as the server is addressed. */
  authority: string;
  /** TLS, or plaintext HTTP/2. */
  secure: boolean;
};

const DEFAULT_PORTS: Record<string, number> = { "https:": 443, "http:": 80 };

/**
 * Reads `MODAL_SERVER_URL`: `https://host[:port]` for TLS (port 443), `http://host[:port]` for plaintext (80).
 * Throws `InvalidInput` on anything else: another scheme or none, a list, a path, a query, a user name.
 */
export function parseModalServerUrl(text: string): ModalServer {
  const url = URL.parse(text.trim());
  const defaultPort = url && DEFAULT_PORTS[url.protocol];
  if (!url || !defaultPort || text.includes(",")) throw unusable("it must be one https:// or http:// URL");
  if (url.username || url.password) throw unusable("it must not hold a user name or password");
  if (url.pathname !== "/" || url.search || url.hash) throw unusable("it must end after host and port");
  const port = Number(url.port || defaultPort);
  return {
    url: url.origin,
    hostname: url.hostname.replace(/^\[|\]$/g, ""),
    port,
    authority: `${url.hostname}:${port}`,
    secure: url.protocol === "https:",
  };
}

/** Does not quote the URL: what was pasted by mistake may be a secret. */
function unusable(state: string): InvalidInput {
  return new InvalidInput(
    `Cannot use Modal's server URL: ${state}`,
    "Set MODAL_SERVER_URL to a URL such as https://api.modal.com",
  );
}
