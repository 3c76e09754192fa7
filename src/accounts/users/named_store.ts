import { distance } from "fastest-levenshtein";
import type { Kysely } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import { findByEmail } from "./address_store.ts";
import type { Identifier } from "./names.ts";
import { beginningWith } from "./search_store.ts";
import { toUser, USER_COLUMNS } from "./user_store.ts";
import type { User } from "./users.ts";

/** Returns the ids of the users with these usernames or verified addresses, by `<kind> <key>`, in one query. */
export async function findNamed(
  db: Kysely<Tables>,
  identifiers: readonly Identifier[],
): Promise<Map<string, string>> {
  const keys = (kind: Identifier["kind"]) => [
    "",
    ...identifiers.filter((each) => each.kind === kind).map(({ key }) => key),
  ];
  if (identifiers.length === 0) return new Map();
  const rows = await db.selectFrom("users").select(["id", "username_key", "email_key", "email_verified_at"])
    .where((eb) =>
      eb.or([
        eb("username_key", "in", keys("username")),
        eb.and([eb("email_key", "in", keys("email")), eb("email_verified_at", "is not", null)]),
      ])
    ).execute();
  return new Map(rows.flatMap(({ id, username_key, email_key, email_verified_at }) => [
    [`username ${username_key}`, id] as const,
    ...(email_verified_at ? [[`email ${email_key}`, id] as const] : []),
  ]));
}

/** Returns the user with this username, or with this address, verified if possible. */
export async function findByName(db: Kysely<Tables>, { kind, key }: Identifier): Promise<User | undefined> {
  if (key === "") return undefined;
  if (kind === "email") return await findByEmail(db, key);
  const row = await db.selectFrom("users").select(USER_COLUMNS).where("username_key", "=", key)
    .executeTakeFirst();
  return row && toUser(row);
}

/** Users whose names are compared: enough for one beginning of two characters in all but huge databases. */
const MOST_COMPARED = 5_000;

const MOST_SIMILAR = 3;

/** The most changed characters of a similar name, by the length of the name. */
function mostChanges(name: string): number {
  return name.length < 6 ? 1 : name.length < 12 ? 2 : 3;
}

/**
 * Returns up to three usernames and addresses that look like a name that no account has, the most similar first. They
 * have the same first two characters: an index finds those.
 */
export async function findSimilarNames(db: Kysely<Tables>, { key }: Identifier): Promise<string[]> {
  const head = key.slice(0, 2);
  if (head === "") return [];
  const prefix = beginningWith(head);
  const rows = await db.selectFrom("users").select(["username", "username_key", "email", "email_key"])
    .where((eb) => eb.or([eb("username_key", "like", prefix), eb("email_key", "like", prefix)]))
    .limit(MOST_COMPARED).execute();
  const names = rows.flatMap((row) => [
    { typed: row.username, key: row.username_key },
    { typed: row.email, key: row.email_key },
  ]);
  const [local = key] = key.split("@");
  return names.flatMap((name) => {
    if (name.typed === null || name.key === null) return [];
    // A username that is the part before the @ is similar too, and the reverse.
    const [otherLocal = name.key] = name.key.split("@");
    const isOtherKind = name.key.includes("@") !== key.includes("@");
    const changes = isOtherKind ? distance(local, otherLocal) : distance(key, name.key);
    return changes <= mostChanges(local) ? [{ typed: name.typed, changes }] : [];
  }).toSorted((one, other) => one.changes - other.changes).slice(0, MOST_SIMILAR).map(({ typed }) => typed);
}
