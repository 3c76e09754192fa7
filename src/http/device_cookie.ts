import type { Devices } from "../accounts/devices/devices.ts";
import type { Device } from "../operations/caller.ts";
import { cookieRefusal, isUpgrade, type Origins } from "./cross_site.ts";
import { deviceCookie, readCookie, setCookieHeader } from "./session_cookie.ts";

/** The device cookie of one request and its response. */
export type RequestDevice = {
  device: Device;
  /** Marks the browser as known to this user, if the response can set a cookie. */
  remember(userId: string): void;
};

/**
 * Reads and writes the device cookie, only where the session cookie is allowed. So pages of other sites can
 * neither use up the user's reserved attempts nor replace the cookie.
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
