import { InvalidInput } from "../errors.ts";

/** Where Modal's API is, taken apart. */
export type ModalServer = {
  /** The URL in its plainest form, without a slash at the end or a port that goes without saying. */
  url: string;
  /** The host alone; an IPv6 address in brackets. */
  host: string;
  /** `host:port`, as gRPC names a target. */
  target: string;
  /** TLS, or plaintext HTTP/2. */
  secure: boolean;
  /** On this very machine, where a proxy has no business. */
  loopback: boolean;
};

const DEFAULT_PORTS: Record<string, number> = { "https:": 443, "http:": 80 };
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Reads `MODAL_SERVER_URL`: `https://host[:port]` for TLS (port 443), `http://host[:port]` for plaintext (80).
 * Throws `InvalidInput` on anything else: another scheme or none, a list, a path, a query, a user name.
 */
export function parseModalServerUrl(text: string): ModalServer {
  const url = URL.parse(text.trim());
  const port = url && DEFAULT_PORTS[url.protocol];
  if (!url || !port || !url.hostname || text.includes(",")) {
    throw notAServerUrl("it must be one https:// or http:// URL");
  }
  if (url.username || url.password) throw notAServerUrl("it must not hold a user name or password");
  if (url.pathname !== "/" || url.search || url.hash) throw notAServerUrl("it must end after host and port");
  return {
    url: url.origin,
    host: url.hostname,
    target: `${url.hostname}:${url.port || port}`,
    secure: url.protocol === "https:",
    loopback: LOOPBACK.test(url.hostname),
  };
}

/** Does not quote the URL: what was pasted by mistake may be a secret. */
function notAServerUrl(state: string): InvalidInput {
  return new InvalidInput(
    `Cannot use Modal's server URL: ${state}`,
    "Set MODAL_SERVER_URL to a URL such as https://api.modal.com",
  );
}
