import type { OneUserDetail } from "../documents/users.ts";
import type { Line } from "../lines.tsx";
import { relative } from "../time.ts";

type Session = OneUserDetail["userSessions"][number];

export function sessionLine({ method, transport, assurance, ...seen }: Session, now: number): Line {
  return [
    { text: `${method} `, tone: "accent" },
    `${transport}  ${assurance === "SINGLE" ? "" : `${assurance}  `}`,
    { text: `${relative(seen.lastSeenAt, now)}  ${seen.ipAddress ?? ""}`, tone: "dim" },
  ];
}
