import { subjectHash } from "../accounts/refusals/subject_hash.ts";
import { logEvent } from "../events/events.ts";
import type { HasEventLog } from "../events/transaction.ts";
import { InvalidInput } from "../lib/errors.ts";
import { type Caller, originOf } from "../operations/caller.ts";
import { addressBlock } from "../operations/limits/address_block.ts";
import type { HasAllowances } from "../operations/limits/allowances.ts";
import type { DiagnosisServices } from "./collect.ts";
import { findAbout } from "./subject.ts";

type ClearServices =
  & Pick<DiagnosisServices, "db" | "now" | "keys" | "limits" | "countersOf">
  & HasEventLog
  & HasAllowances;

/**
 * Deletes the counts of all limits for a user, a name without an account, or a client address, on all instances.
 * Records `limits.cleared`. Throws `InvalidInput` for other subjects.
 */
export async function clearLimits(
  services: ClearServices,
  caller: Caller,
  identifier: string,
): Promise<void> {
  const { asked, user, name } = await findAbout(services, identifier);
  if (asked.kind === "address") {
    const subject = { ipAddress: asked.ipAddress };
    const block = addressBlock(asked.ipAddress);
    await services.limits.clear([subject]);
    await logEvent(services, "limits.cleared", originOf(caller), {}, { block });
    if (!user) return;
  }
  // Clients choose their trace ids and the names that they type, so another id could lead to the wrong user.
  if (!name && (asked.kind !== "user" || !user)) {
    throw new InvalidInput(
      "Cannot clear limits: this is not the id of a user",
      "Give a username, an e-mail address, a user id or a client address",
    );
  }
  // Clears every limit for these keys, so that none can be forgotten.
  await services.limits.clear(services.countersOf({ user, name }).map(([, subject]) => subject));
  const about = user ? {} : { subject: subjectHash(services.keys.current, name?.typed ?? "") };
  await logEvent(services, "limits.cleared", originOf(caller), { userId: user?.id ?? null }, about);
}

/** The subjects whose counts each instance forgets when it sees `limits.cleared`. */
export function clearedSubjects(
  { userId, data }: { userId: string | null; data: Record<string, unknown> },
): string[] {
  return [userId, data["block"]].filter((subject) => typeof subject === "string");
}
