/** The time of day, with the date unless it is today, in UTC: `09:05:00` or `11-28 09:05:00`. */
export function dayTime(at: string, now: number): string {
  const isToday = at.slice(0, 10) === new Date(now).toISOString().slice(0, 10);
  return isToday ? at.slice(11, 19) : `${at.slice(5, 10)} ${at.slice(11, 19)}`;
}

/** Date and time, in UTC. */
export function dateTime(at: string | null | undefined): string | undefined {
  return at ? `${at.slice(0, 10)} ${at.slice(11, 19)} UTC` : undefined;
}

/** The time from now: `3 min ago`, `in 12 d`. */
export function relative(at: string, now: number): string {
  const seconds = Math.round((Date.parse(at) - now) / 1000);
  const text = duration(Math.abs(seconds));
  if (seconds === 0) return "now";
  return seconds > 0 ? `in ${text}` : `${text} ago`;
}

/** A duration in at most two units: `59 s`, `4 min 05 s`, `3 h 12 min`, `12 d 4 h`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor(whole % 86_400 / 3600)} h`;
}

/** Parses a time in UTC (`2026-01-31`, `2026-01-31T12:00`) or before now (`15m`, `2h`, `3d`), to ISO 8601. */
export function parseTime(text: string, now: number): string | undefined {
  const [, count, unit = ""] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (count) return new Date(now - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS]).toISOString();
  const [, day, clock, zone = "Z"] = ISO_TIME.exec(text) ?? [];
  const at = Date.parse(clock ? `${day}${clock}${zone}` : day ?? "");
  return Number.isNaN(at) ? undefined : new Date(at).toISOString();
}

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

const ISO_TIME = /^(\d{4}-\d\d-\d\d)(?:(T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)(Z|[+-]\d\d:\d\d)?)?$/;
