import type { User } from "../accounts/users/users.ts";
import { type Intersection, merged } from "../lib/intersection.ts";
import { emailCode } from "./email_code/email_code_method.ts";
import { google } from "./google/google_method.ts";
import { guests } from "./guests/guest_method.ts";
import type { SignInMethod } from "./method.ts";
import { password } from "./password/password_method.ts";

/** Every way to sign in, in the order in which a user's methods are listed. */
export const SIGN_IN_METHODS = [password, emailCode, guests, google] as const satisfies SignInMethod[];

/** The id of a method. */
export type AuthMethod = (typeof SIGN_IN_METHODS)[number]["id"];

/** The same list with one type for all methods. */
export const ANY_METHODS: readonly SignInMethod[] = SIGN_IN_METHODS;

type Settings = Extract<(typeof SIGN_IN_METHODS)[number], { settings: unknown }>["settings"];

/** What the methods' operations need of the configuration. */
export type MethodSettings = Intersection<ReturnType<Settings>>;

export function settingsOf(config: Intersection<Parameters<Settings>[0]>): MethodSettings {
  return merged(SIGN_IN_METHODS.flatMap((method) => "settings" in method ? [method.settings(config)] : []));
}

/** The methods by which this user can sign in. */
export function methodsOf(user: User): string[] {
  return ANY_METHODS.filter(({ forGuests = false, isOpenTo }) => forGuests === user.isGuest && isOpenTo(user))
    .map(({ id }) => id);
}

/** Whether guests sign in by this method. */
export function isForGuests(id: string): boolean {
  return ANY_METHODS.some((method) => method.id === id && method.forGuests === true);
}
