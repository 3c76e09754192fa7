import type { Devices } from "../accounts/devices/devices.ts";
import type { Device } from "../operations/caller.ts";
import { cookieRefusal, isUpgrade, type Origins } from "./cross_site.ts";
import { deviceCookie, readCookie, setCookieHeader } from "./session_cookie.ts";

/** The device cookie of one request and its answer. */
export type RequestDevice = {
  device: Device;
  /** Makes the browser known to this user, where the answer can be given a cookie. */
  remember(userId: string): void;
};

/**
 * Reads and writes the cookie only where the session's may be: another site's page can neither use up its reserves nor
 * have it replaced.
 */
export function requestDevice(
  request: Request,
  origins: Origins,
  devices: Devices,
  setCookies: string[],
): RequestDevice {
  const cookie = deviceCookie(origins.publicOrigin ?? origins.ownOrigin);
  const isOurs = cookieRefusal(request, origins) === undefined;
  const canSet = isOurs && !isUpgrade(request);
  let value = isOurs ? readCookie(request.headers, cookie.name) : null;
  return {
    device: devices.read(value),
    remember: (userId) => {
      if (!canSet) return;
      const known = devices.withUser(value, userId);
      value = known.value;
      setCookies.push(setCookieHeader(cookie, known.value, known.expiresAt));
    },
  };
}
