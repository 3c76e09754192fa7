import { CodeRejected } from "../lib/errors.ts";
import { type Devices, TRUST_DEVICE_PATH } from "../accounts/devices/devices.ts";
import { cookieRefusal, type Origins } from "./cross_site.ts";
import { type HtmlPages, notAllowed } from "./pages/html_page.ts";
import { linkPage } from "./pages/link_page.ts";
import type { BodyReader } from "./read_body.ts";
import { refused, refusedBody } from "./refused.ts";
import { deviceCookie, readCookie, setCookieHeader } from "./session_cookie.ts";

type TrustOptions = {
  devices: Devices;
  origins: Origins;
  page: HtmlPages;
  readBody: BodyReader["read"];
};

/**
 * The page of the mailed link that marks a browser as known, and the POST of its button with the link's token.
 * Verifying the token needs neither the database nor a limit, so attackers cannot use up a limit.
 */
export async function trustDevice(request: Request, options: TrustOptions): Promise<Response> {
  if (request.method === "GET" || request.method === "HEAD") {
    return linkPage(request, TRUST_DEVICE_PATH, options.page);
  }
  if (request.method !== "POST") return notAllowed("GET", "HEAD", "POST");
  const refusal = cookieRefusal(request, options.origins);
  if (refusal) return refused(403, refusal, "FORBIDDEN");
  const body = await options.readBody(request);
  if (typeof body === "string") return refusedBody(body);
  const { origins } = options;
  const cookie = deviceCookie(origins.publicOrigin ?? origins.ownOrigin);
  const known = options.devices.withLink(
    readCookie(request.headers, cookie.name),
    tokenIn(await body.text()),
  );
  if (!known) {
    const { message, code } = new CodeRejected();
    return refused(400, message, code);
  }
  const headers = { "set-cookie": setCookieHeader(cookie, known.value, known.expiresAt) };
  return Response.json({ data: { trusted: true } }, { headers });
}

/** Returns the token in the body, or an empty text, which is never a valid token. */
function tokenIn(body: string): string {
  try {
    const token = JSON.parse(body)?.token;
    return typeof token === "string" ? token : "";
  } catch {
    return "";
  }
}
