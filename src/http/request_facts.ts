import type { Devices } from "../accounts/devices/devices.ts";
import type { SessionCookies } from "../accounts/sessions/session_cookies.ts";
import { copied } from "../lib/copied.ts";
import { Forbidden } from "../lib/errors.ts";
import { Secret } from "../lib/secret.ts";
import type { BrowserBinding } from "../vault/browser_consent.ts";
import { clientAddress } from "./client_address.ts";
import { carriesSessionCookie, cookieRefusal, isUpgrade, type Origins } from "./cross_site.ts";
import { originForEvents } from "./page_refusals.ts";
import { requestDevice } from "./device_cookie.ts";
import type { RequestFacts } from "./graphql/graphql.ts";
import {
  clearCookieHeader,
  consentCookie,
  cookieIn,
  readCookie,
  type SessionCookie,
  sessionCookie,
  setCookieHeader,
} from "./session_cookie.ts";

/** The remote address of a connection. Absent in tests without a connection. */
export type Peer = { remoteAddr?: Deno.Addr };

export type FactsOptions = {
  devices: Devices;
  origins: Origins;
  isTrustedProxy: (address: string) => boolean;
};

/** Reads the facts about a request. Cookies for the response are added to `setCookies`. */
export function factsOf(
  request: Request,
  peer: Peer | undefined,
  requestId: string,
  { isTrustedProxy, origins, devices }: FactsOptions,
  setCookies: string[],
): RequestFacts {
  const publicUrl = origins.publicOrigin ?? origins.ownOrigin;
  const cookie = sessionCookie(publicUrl);
  const { device, remember } = requestDevice(request, origins, devices, setCookies);
  const cookies = { ...cookiesOf(request, origins, cookie, setCookies), rememberDevice: remember };
  return {
    requestId,
    authorization: request.headers.get("authorization"),
    sessionCookie: readCookie(request.headers, cookie.name),
    ipAddress: clientAddress(request.headers, peerAddress(peer), isTrustedProxy),
    userAgent: userAgentOf(request.headers),
    device,
    cookies,
    browserOf: browsersOf(request, publicUrl, cookies, setCookies),
  };
}

/** Maximum stored length of a user agent: enough to tell a user's devices apart. */
const MOST_USER_AGENT = 256;

function userAgentOf(headers: Headers): string | null {
  const printable = headers.get("user-agent")?.replace(/[^ -~]/g, "") || null;
  if (printable === null || printable.length <= MOST_USER_AGENT) return printable;
  return copied(printable.slice(0, MOST_USER_AGENT));
}

function cookiesOf(
  request: Request,
  origins: Origins,
  cookie: SessionCookie,
  setCookies: string[],
): Omit<SessionCookies, "rememberDevice"> {
  // Evaluated now: after an upgrade to a WebSocket the request cannot be read.
  const upgrades = isUpgrade(request);
  const carriesCookie = carriesSessionCookie(request);
  const origin = originForEvents(request.headers.get("origin"));
  return {
    check: () => {
      const refusal = upgrades ? "A WebSocket cannot be given a cookie" : cookieRefusal(request, origins);
      if (!refusal) return;
      const error = new Forbidden(`a JSON POST from an allowed page (${refusal})`);
      error.note = { detail: "cookie_refused", origin };
      throw error;
    },
    set: (token, expiresAt) => void setCookies.push(setCookieHeader(cookie, token.reveal(), expiresAt)),
    // A request without the cookie has none to clear, and its origin was not checked.
    clear: () => {
      if (carriesCookie) setCookies.push(clearCookieHeader(cookie));
    },
  };
}

function browsersOf(
  request: Request,
  publicUrl: string,
  { check }: Pick<SessionCookies, "check">,
  setCookies: string[],
): RequestFacts["browserOf"] {
  // Read now, because the headers cannot be read once the request is upgraded to a WebSocket.
  const sent = request.headers.get("cookie");
  const isFromPage = request.headers.has("origin") || carriesSessionCookie(request);
  return (slug): BrowserBinding => {
    const cookie = consentCookie(publicUrl, slug);
    const value = cookieIn(sent, cookie.name);
    return {
      isBrowser: isFromPage || value !== null,
      value: value === null ? null : new Secret(value),
      check,
      set: (secret, expiresAt) => void setCookies.push(setCookieHeader(cookie, secret.reveal(), expiresAt)),
    };
  };
}

/** The address at the other end of the connection. */
export function peerAddress(peer: Peer | undefined): string | null {
  return peer?.remoteAddr && "hostname" in peer.remoteAddr ? peer.remoteAddr.hostname : null;
}
