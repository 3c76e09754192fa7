import { sql } from "kysely";
import type { HasDatabase } from "../platform/db/tables.ts";

/** Fails while the provider refuses the tokens of a credential. The database has its own check. */
export async function examineCredentials({ db }: HasDatabase): Promise<{ ok: boolean; message: string }> {
  const { refused, all } = await db.selectFrom("credentials")
    .select((eb) => eb.fn.countAll<number>().as("all"))
    .select(sql<number>`count(*) filter (where health = 'REAUTHORIZATION_REQUIRED')`.as("refused"))
    .where("revoked_at", "is", null).executeTakeFirstOrThrow()
    .catch(() => ({ refused: 0, all: 0 }));
  const numbers = `${refused} of ${all} need a new authorization`;
  const ok = Number(refused) === 0;
  return { ok, message: ok ? numbers : `${numbers}: its owner opens the credential's authorization page` };
}
