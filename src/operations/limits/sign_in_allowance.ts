import { FLOOD_LIMITS } from "./general_limits.ts";
import type { Caller } from "../caller.ts";
import type { Allowances } from "./allowances.ts";

type SignInServices = { allowances: Allowances };

/**
 * Throws `RateLimited` if the client address, or the user if known, has too many recent successful sign-ins. Otherwise
 * a client with a correct password could occupy the password hashing that other users need. Queries no database.
 */
export function checkSignIns(
  { allowances }: SignInServices,
  { ipAddress }: Caller,
  userId: string | undefined,
): void {
  allowances.check(FLOOD_LIMITS.signInsPerAddress, { ipAddress });
  if (userId !== undefined) allowances.check(FLOOD_LIMITS.signInsPerAccount, { key: userId });
}

/** Counts a successful sign-in. */
export async function noteSignIn(
  { allowances }: SignInServices,
  { ipAddress }: Caller,
  userId: string,
): Promise<void> {
  await allowances.note(FLOOD_LIMITS.signInsPerAddress, { ipAddress });
  await allowances.note(FLOOD_LIMITS.signInsPerAccount, { key: userId });
}
