import { FLOOD_LIMITS } from "./general_limits.ts";
import type { Caller } from "../caller.ts";
import type { Allowances } from "./allowances.ts";

type SignInServices = { allowances: Allowances };

/**
 * Throws `RateLimited` for a client address, or a user if there is one, with too many sign-ins that succeeded lately:
 * whoever has a right password must not keep the hashes busy for everybody else. Asks no database.
 */
export function checkSignIns(
  { allowances }: SignInServices,
  { ipAddress }: Caller,
  userId: string | undefined,
): void {
  allowances.check(FLOOD_LIMITS.signInsPerAddress, { ipAddress });
  if (userId !== undefined) allowances.check(FLOOD_LIMITS.signInsPerAccount, { key: userId });
}

/** Counts a sign-in that succeeded. */
export async function noteSignIn(
  { allowances }: SignInServices,
  { ipAddress }: Caller,
  userId: string,
): Promise<void> {
  await allowances.note(FLOOD_LIMITS.signInsPerAddress, { ipAddress });
  await allowances.note(FLOOD_LIMITS.signInsPerAccount, { key: userId });
}
