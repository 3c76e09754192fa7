import type { Client } from "../src/client/operator/client.ts";
import { NamesOfUsers } from "./documents/users.ts";
import { Store } from "./store.ts";

/** The names of users, loaded when they are first asked for. */
export type UserNames = {
  /** Changes when names arrive. */
  known: Store<ReadonlyMap<string, string>>;
  /** The username or address of a user; undefined while it loads, or if the user is gone. */
  of(userId: string): string | undefined;
};

/** Names asked for within this time are loaded in one request. */
const BATCH_MS = 50;

/** The server's limit for one request. */
const MAX_IDS = 100;

/** Names in memory. When there are more, all are loaded again. */
const MAX_KNOWN = 10_000;

export function createUserNames(client: Client, signal: AbortSignal): UserNames {
  const known = new Store<ReadonlyMap<string, string>>(new Map());
  const asked = new Set<string>();
  const wanted: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  signal.addEventListener("abort", () => clearTimeout(timer));

  const schedule = () => {
    if (!signal.aborted) timer ??= setTimeout(load, BATCH_MS);
  };
  const load = async () => {
    timer = undefined;
    const ids = wanted.splice(0, MAX_IDS);
    if (wanted.length > 0) schedule();
    // Without names, the ids are shown.
    const answer = await client.request(NamesOfUsers, { ids }).catch(() => undefined);
    const named = (answer?.nodes ?? []).flatMap((user): [string, string][] => {
      const name = user && "username" in user && (user.username ?? user.email);
      return name ? [[user.id, name]] : [];
    });
    if (named.length > 0 && !signal.aborted) known.update((before) => new Map([...before, ...named]));
  };
  return {
    known,
    of(userId) {
      const name = known.get().get(userId);
      if (name !== undefined || asked.has(userId)) return name;
      if (asked.size > MAX_KNOWN) {
        asked.clear();
        known.set(new Map());
      }
      asked.add(userId);
      wanted.push(userId);
      schedule();
      return undefined;
    },
  };
}
