import DataLoader from "dataloader";
import type { Kysely } from "kysely";
import type { Tables } from "../platform/db/tables.ts";
import { attemptsLeft } from "../sign_in/email_code/email_code.ts";
import { findFlows } from "../flows/flows.ts";
import { findAuthorizations } from "../providers/google/connect/authorization.ts";
import { findSessions } from "../accounts/sessions/sessions.ts";
import { findUsers } from "../accounts/users/users.ts";
import { findCredentials, findUsersCredentials } from "../vault/vault.ts";

export type Loaders = ReturnType<typeof createLoaders>;

/** Read rows by id, everybody's in one query; nothing is kept. */
export function createLoaders(db: Kysely<Tables>) {
  return {
    flow: batched((ids) => findFlows(db, ids)),
    credential: batched((ids) => findCredentials(db, ids)),
    /** Google accounts that are connected, by whose they are. */
    googleOf: batched((userIds) => findUsersCredentials(db, "GOOGLE", userIds)),
    user: batched((ids) => findUsers(db, ids)),
    session: batched((ids) => findSessions(db, ids)),
    /** By its flow. */
    googleAuthorization: batched((flowIds) => findAuthorizations(db, flowIds)),
    /** By the flow of an e-mailed code. */
    attemptsLeft: batched((flowIds) => attemptsLeft(db, flowIds)),
  };
}

/** All that are asked for in one turn are read in one query. */
function batched<T>(
  find: (ids: readonly string[]) => Promise<Map<string, T>>,
): DataLoader<string, T | undefined> {
  return new DataLoader(async (ids) => {
    const found = await find([...new Set(ids)]);
    return ids.map((id) => found.get(id));
  }, { cache: false });
}
