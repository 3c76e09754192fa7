import type { Values } from "../../platform/config/variable.ts";
import type { SignInMethod } from "../method.ts";
import { GUEST, GUEST_LIMITS, GUEST_VARIABLES } from "./guest_terms.ts";
import { reapGuests } from "./guests.ts";

const DAY_SECONDS = 24 * 60 * 60;

/** Sign-in without any proof. */
export const guests = {
  id: GUEST,
  forGuests: true,
  isOpenTo: () => true,
  amr: [],
  mutations: ["signInAsGuest"],
  variables: GUEST_VARIABLES,
  limits: GUEST_LIMITS,
  refusals: [],
  jobs: (services, { GUEST_DAYS }: Values<typeof GUEST_VARIABLES>) => [
    { name: "guests.reap", cron: "20 * * * *", run: () => reapGuests(services, GUEST_DAYS * DAY_SECONDS) },
  ],
} as const satisfies SignInMethod;
