import type { SessionRow } from "../documents/sessions.ts";
import type { Line } from "../lines.tsx";
import { relative } from "../time.ts";

/** One line about a session. */
export function sessionLine({ method, transport, lastSeenAt, ipAddress }: SessionRow, now: number): Line {
  return [
    { text: `${method} `, tone: "accent" },
    `${transport}  `,
    { text: `${relative(lastSeenAt, now)}  ${ipAddress ?? ""}`, tone: "dim" },
  ];
}
