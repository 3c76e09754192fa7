import type { SessionRow } from "../documents/sessions.ts";
import type { Line } from "../lines.tsx";
import { relative } from "../time.ts";

export function sessionLine({ method, transport, lastSeenAt, ipAddress }: SessionRow, now: number): Line {
  return [
    { text: `${method} `, tone: "accent" },
    `${transport}  `,
    { text: `${relative(lastSeenAt, now)}  ${ipAddress ?? ""}`, tone: "dim" },
  ];
}
