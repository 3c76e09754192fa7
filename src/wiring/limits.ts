import { FLOOD_LIMITS, LIMITS } from "../operations/limits/general_limits.ts";
import type { Limit } from "../operations/limits/limit.ts";
import { GOOGLE_LIMITS } from "../providers/google/google_terms.ts";
import { MODAL_LIMITS } from "../providers/modal/modal_terms.ts";
import { METHODS } from "../sign_in/methods.ts";

/** All limits. */
export const ALL_LIMITS: readonly Limit[] = [
  LIMITS,
  ...METHODS.map(({ limits }) => limits),
  GOOGLE_LIMITS,
  MODAL_LIMITS,
  FLOOD_LIMITS,
].flatMap((limits) => Object.values(limits));
