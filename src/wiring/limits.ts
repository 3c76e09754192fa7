import { FACTOR_LIMITS } from "../accounts/factors/factor_terms.ts";
import { FLOOD_LIMITS, LIMITS } from "../operations/limits/general_limits.ts";
import type { Limit } from "../operations/limits/limit.ts";
import { PROVIDERS } from "../providers/providers.ts";
import { ANY_METHODS } from "../sign_in/methods.ts";

/** All limits. */
export const ALL_LIMITS: readonly Limit[] = [
  LIMITS,
  ...ANY_METHODS.map(({ limits }) => limits),
  FACTOR_LIMITS,
  ...PROVIDERS.map(({ limits }) => limits),
  FLOOD_LIMITS,
].flatMap((limits) => Object.values(limits));
