import type { Factor } from "../documents/users.ts";
import type { Line } from "../lines.tsx";
import { dateTime, relative } from "../time.ts";

export const FACTOR: Record<Factor["kind"], string> = {
  TOTP: "authenticator app",
  PASSKEY: "passkey",
  RECOVERY_CODES: "recovery codes",
};

/** With this many recovery codes or fewer, the line is a warning. */
const FEW_LEFT = 3;

/** The second factors of a user, once they are loaded: name and kind, then when they were added and used. */
export function factorLines(factors: readonly Factor[] | undefined, now: number): Line[] {
  if (!factors) return [];
  if (factors.length === 0) return [[{ text: "none", tone: "dim" }]];
  return factors.flatMap((factor): Line[] => [
    [{ text: `${factor.name}  `, tone: "accent" }, `${factor.kind}  `, ...left(factor)],
    [{ text: `added ${dateTime(factor.createdAt)}, ${lastUse(factor, now)}`, tone: "dim" }],
  ]);
}

function left({ remaining }: Factor): Line {
  if (remaining === null) return [];
  return [{ text: `${remaining} left`, tone: remaining <= FEW_LEFT ? "warn" : "plain" }];
}

function lastUse({ lastUsedAt }: Factor, now: number): string {
  return lastUsedAt ? `used ${relative(lastUsedAt, now)}` : "not used yet";
}
