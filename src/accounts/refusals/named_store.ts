import type { Kysely } from "kysely";
import type { Tables } from "../../platform/db/tables.ts";
import type { Identifier } from "../users/names.ts";

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
