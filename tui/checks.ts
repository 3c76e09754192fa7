import type { Client } from "../src/client/operator/client.ts";
import { type Check, Checks } from "./documents/server.ts";
import { follow } from "./follow.ts";
import { Store } from "./store.ts";
import type { ScreenName } from "./terminal.ts";

/** A result of a check that differed from the one before it. */
export type Change = { at: number; ok: boolean; message: string };

export type WatchedChecks = {
  present: readonly Check[];
  /** The changes of each check since the terminal started, oldest first. */
  changes: ReadonlyMap<string, readonly Change[]>;
};

/** Changes kept for each check. */
const MAX_CHANGES = 50;

/** Follows the server's health checks until `signal` aborts. */
export function watchChecks(client: Client, now: () => number, signal: AbortSignal): Store<WatchedChecks> {
  const store = new Store<WatchedChecks>({ present: [], changes: new Map() });
  void follow(client, Checks, () => ({}), {
    value: ({ serverHealth: { checks } }) => store.update((before) => after(before, checks, now())),
    // The tail shows the reason.
    refused: () => {},
  }, { signal, endless: true });
  return store;
}

function after(before: WatchedChecks, present: readonly Check[], at: number): WatchedChecks {
  if (JSON.stringify(before.present) === JSON.stringify(present)) return before;
  const changes = new Map(before.changes);
  for (const { name, ok, message } of present) {
    const known = changes.get(name) ?? [];
    if (known.at(-1)?.ok !== ok) changes.set(name, [...known, { at, ok, message }].slice(-MAX_CHANGES));
  }
  return { present, changes };
}

/** The checks that fail. */
export function failing({ present }: WatchedChecks): readonly Check[] {
  return present.filter(({ ok }) => !ok);
}

/** A screen, and the filter or the row to show there. */
export type Cause = { screen: ScreenName; filter?: string; chosen?: string };

/** Returns the screen that shows the cause of a failed check. */
export function causeOf(check: string): Cause {
  return CAUSES[check] ?? { screen: "health", chosen: check };
}

const REFUSALS = { screen: "events", filter: "refused" } as const;

const CAUSES: Record<string, Cause> = {
  "mail": { screen: "mail" },
  "mail queue": { screen: "mail", filter: "retrying" },
  "credentials": { screen: "tokens", filter: "reauthorization_required" },
  "credential refreshes": { screen: "events", filter: "type:credential.refresh_failed" },
  "hash queue": REFUSALS,
  "overload": REFUSALS,
  "refusals": { screen: "attack" },
  "sign-ins": { screen: "attack" },
};
