import DataLoader from "dataloader";
import type { Kysely } from "kysely";
import type { Tables } from "../platform/db/tables.ts";
import { type Intersection, merged } from "../lib/intersection.ts";
import type { Loader } from "../platform/db/loader.ts";
import { SIGN_IN_METHODS } from "../sign_in/methods.ts";
import { findFactorsOf } from "../accounts/factors/factors.ts";
import { findFlows } from "../flows/flows.ts";
import { findOperators } from "../operations/operators/operators.ts";
import { PROVIDERS } from "../providers/providers.ts";
import { findSessions } from "../accounts/sessions/sessions.ts";
import { findUsers } from "../accounts/users/users.ts";
import { findCredentials } from "../vault/vault.ts";

export type Loaders = ReturnType<typeof createLoaders>;

/** Creates loaders that read rows by id, with one query for all ids requested at a time. They cache nothing. */
export function createLoaders(db: Kysely<Tables>) {
  return {
    flow: batched((ids) => findFlows(db, ids)),
    credential: batched((ids) => findCredentials(db, ids)),
    user: batched((ids) => findUsers(db, ids)),
    factors: batched((ids) => findFactorsOf(db, ids)),
    session: batched((ids) => findSessions(db, ids)),
    operator: batched((ids) => findOperators(db, ids)),
    ...describedLoaders(db),
  };
}

const DESCRIBED = [...SIGN_IN_METHODS, ...PROVIDERS];

type Described = Extract<(typeof DESCRIBED)[number], { loaders: unknown }>["loaders"];

/** Creates the loaders of the sign-in methods and providers, by name. */
function describedLoaders(db: Kysely<Tables>) {
  const loaders: Readonly<Record<string, Loader<unknown>>> = merged(
    DESCRIBED.flatMap((each) => "loaders" in each ? [each.loaders] : []),
  );
  const entries = Object.entries(loaders).map(([name, load]) => [name, batched((ids) => load(db, ids))]);
  return Object.fromEntries(entries) as Batched<Intersection<Described>>;
}

type Batched<Loaders> = {
  [Name in keyof Loaders]: Loaders[Name] extends Loader<infer Row> ? DataLoader<string, Row | undefined>
    : never;
};

/** Batches the ids requested in one tick into one query. */
function batched<T>(
  find: (ids: readonly string[]) => Promise<Map<string, T>>,
): DataLoader<string, T | undefined> {
  return new DataLoader(async (ids) => {
    const found = await find([...new Set(ids)]);
    return ids.map((id) => found.get(id));
  }, { cache: false });
}
