import type { Device } from "../../operations/caller.ts";
import { type HasRandom, toBase64Url } from "../../lib/crypto.ts";
import type { HasPublicUrl } from "../../lib/public_url.ts";
import type { HasKeys } from "../../platform/keys/root_key.ts";
import type { HasClock } from "../../lib/clock.ts";
import { type DeviceMark, isMarkOf, makeMark, newNonce, parseMark } from "./device_mark.ts";

/** Creates and reads device cookies. */
export type Devices = {
  /** Reads the marks of the cookie; none if it is missing or invalid. */
  read(cookie: string | null): Device;
  /** Returns the cookie with a new mark of this user. The marks of other users stay. */
  withUser(cookie: string | null, userId: string): DeviceCookie;
  /** Returns the cookie with the mark of a mailed link; undefined if the link is invalid or has expired. */
  withLink(cookie: string | null, token: string): DeviceCookie | undefined;
};

export type DeviceCookie = { value: string; expiresAt: Date };

const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_MS = 365 * DAY_MS;
const LINK_LIFETIME_MS = DAY_MS;

/** A cookie keeps the marks of this many accounts, the newest. */
const MOST_MARKS = 5;

export const TRUST_DEVICE_PATH = "/trust-device";

type DeviceServices = HasKeys & HasClock & HasRandom;

export function createDevices({ keys, now, random }: DeviceServices): Devices {
  const marksIn = (cookie: string | null) => {
    const marks = (cookie ?? "").split(".", MOST_MARKS).map(parseMark);
    return marks.filter((mark) => mark !== undefined).filter((mark) => isInTime(mark, now(), LIFETIME_MS));
  };
  const withMark = (cookie: string | null, subject: string, mark: DeviceMark): DeviceCookie => {
    const others = marksIn(cookie).filter((other) => !isMarkOf(keys, other, subject));
    const value = [mark, ...others].slice(0, MOST_MARKS).map(({ text }) => text).join(".");
    return { value, expiresAt: new Date(now().getTime() + LIFETIME_MS) };
  };
  return {
    read: (cookie) => {
      const marks = marksIn(cookie);
      return {
        nonceOf: (subject, since) => {
          const mark = marks.find((mark) => isMarkOf(keys, mark, subject));
          return mark && (since === null || mark.at >= since) ? toBase64Url(mark.nonce) : undefined;
        },
      };
    },
    withUser: (cookie, userId) => {
      const subject = userSubject(userId);
      return withMark(cookie, subject, makeMark(keys, subject, newNonce(random), now()));
    },
    withLink: (cookie, token) => {
      const [text = "", ...address] = token.split(".");
      const emailKey = address.join(".");
      const link = parseMark(text);
      if (!link || !isInTime(link, now(), LINK_LIFETIME_MS)) return undefined;
      if (!isMarkOf(keys, link, linkSubject(emailKey))) return undefined;
      // The mark gets the link's nonce and time, so that using the link twice gives one reserve, and a later
      // reset invalidates the mark.
      const subject = emailSubject(emailKey);
      return withMark(cookie, subject, makeMark(keys, subject, link.nonce, link.at));
    },
  };
}

/** Builds a link to the page that makes a browser known to the owner of the address. Stores nothing. */
export function deviceLink(
  { keys, now, random, publicUrl }: DeviceServices & HasPublicUrl,
  emailKey: string,
): string {
  const { text } = makeMark(keys, linkSubject(emailKey), newNonce(random), now());
  return `${publicUrl()}${TRUST_DEVICE_PATH}#token=${encodeURIComponent(`${text}.${emailKey}`)}`;
}

export function userSubject(userId: string): string {
  return `user ${userId}`;
}

export function emailSubject(emailKey: string): string {
  return `email ${emailKey}`;
}

/** A subject different from the cookie's, so that the token of an expired link does not work as a cookie. */
function linkSubject(emailKey: string): string {
  return `link ${emailKey}`;
}

function isInTime({ at }: DeviceMark, now: Date, lifetimeMs: number): boolean {
  return now.getTime() - at.getTime() < lifetimeMs;
}
