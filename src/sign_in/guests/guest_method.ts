import type { SignInMethod } from "../method.ts";
import { GUEST } from "./guest_terms.ts";
import { reapGuests } from "./guests.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** Signing in without proving anything. */
export const guests = {
  id: GUEST,
  forGuests: true,
  isOpenTo: () => true,
  mutations: ["signInAsGuest"],
  refusals: [],
  jobs: (services, { GUEST_DAYS }: { GUEST_DAYS: number }) => [
    { name: "guests.reap", cron: "20 * * * *", run: () => reapGuests(services, GUEST_DAYS * DAY_SECONDS) },
  ],
} as const satisfies SignInMethod;
