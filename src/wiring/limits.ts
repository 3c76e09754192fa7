import { FLOOD_LIMITS, LIMITS } from "../operations/limits/general_limits.ts";
import type { Limit } from "../operations/limits/limit.ts";
import { PROVIDERS } from "../providers/providers.ts";
import { METHODS } from "../sign_in/methods.ts";

/** Every limit there is. */
export const ALL_LIMITS: readonly Limit[] = [
  LIMITS,
  ...METHODS.map(({ limits }) => limits),
  ...PROVIDERS.map(({ limits }) => limits),
  FLOOD_LIMITS,
].flatMap((limits) => Object.values(limits));
