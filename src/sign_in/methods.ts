import type { User } from "../accounts/users/users.ts";
import { type Intersection, merged } from "../lib/intersection.ts";
import { emailCode } from "./email_code/email_code_method.ts";
import { google } from "./google/google_method.ts";
import { guests } from "./guests/guest_method.ts";
import type { SignInMethod } from "./method.ts";
import { passkey } from "./passkey/passkey_method.ts";
import { password } from "./password/password_method.ts";

/** All sign-in methods, in the order in which a user's methods are listed. */
export const SIGN_IN_METHODS = [
  password,
  emailCode,
  guests,
  google,
  passkey,
] as const satisfies SignInMethod[];

/** The id of a method. */
export type AuthMethod = (typeof SIGN_IN_METHODS)[number]["id"];

/** All methods under one common type. */
export const ANY_METHODS: readonly SignInMethod[] = SIGN_IN_METHODS;

type Settings = Extract<(typeof SIGN_IN_METHODS)[number], { settings: unknown }>["settings"];

/** The settings of the operations of all methods. */
export type MethodSettings = Intersection<ReturnType<Settings>>;

export function settingsOf(config: Intersection<Parameters<Settings>[0]>): MethodSettings {
  return merged(SIGN_IN_METHODS.flatMap((method) => "settings" in method ? [method.settings(config)] : []));
}

/** Returns the methods with which this user can sign in. */
export function methodsOf(user: User): string[] {
  return ANY_METHODS.filter(({ forGuests = false, isOpenTo }) => forGuests === user.isGuest && isOpenTo(user))
    .map(({ id }) => id);
}

/** Returns the `amr` values of a method. */
export function amrOfMethod(id: string): readonly string[] {
  return ANY_METHODS.find((method) => method.id === id)?.amr ?? [];
}

/** Whether the method creates guests. */
export function isForGuests(id: string): boolean {
  return ANY_METHODS.some((method) => method.id === id && method.forGuests === true);
}
