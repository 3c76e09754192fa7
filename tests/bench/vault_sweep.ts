import pg from "pg";
import { type Bench, sleep } from "./bench.ts";
import { openGoogleScene } from "./google_scene.ts";

const CREDENTIALS = 10_000;
const DUE = 2_000;

/** A vault of ten thousand credentials, of which two thousand are over when the server looks. */
export const vaultSweep: Bench = async (kit) => {
  const { ours, google, database } = await openGoogleScene(kit);
  const pool = new pg.Pool({ connectionString: database, max: 1 });
  kit.stack.defer(() => pool.end());
  kit.say(`storing ${CREDENTIALS} credentials`);
  const refreshTokens = await google.ask("grants", DUE);
  const grants = Array.from({ length: CREDENTIALS }, (_, n) => (
    { ownerId: null, refreshToken: refreshTokens[n] ?? `1//never-used-${n}` }
  ));
  // Those that are due come first, and are known by that.
  await ours.ask("storeGrants", grants.slice(0, DUE));
  const { rows: [last] } = await pool.query<{ id: string }>("select max(id) as id from credentials");
  await ours.ask("storeGrants", grants.slice(DUE));
  await ours.ask("collectGarbage");
  const before = ours.residentKiB() / 1024;

  kit.say(`${DUE} of them are due`);
  const begun = performance.now();
  await pool.query(
    `update credentials set issued_at = now() - interval '1 h', expires_at = now(), refresh_at = now(), changes_at = now()
      where id <= $1`,
    [last?.id],
  );
  let most = 0;
  const refreshed = async () => {
    most = Math.max(most, ours.residentKiB() / 1024);
    const { rows: [row] } = await pool.query<{ count: number }>(
      "select count(*)::int as count from credentials where last_refreshed_at is not null",
    );
    return row?.count ?? 0;
  };
  while (await refreshed() < DUE && performance.now() - begun < 120_000) await sleep(100);
  const seconds = (performance.now() - begun) / 1000;
  const calls = await google.ask("calls");
  if (calls.refreshes !== DUE) kit.fail(`${calls.refreshes} refreshes at Google for ${DUE} credentials`);
  return [
    {
      name: `${DUE} of ${CREDENTIALS} credentials refreshed in`,
      value: seconds,
      unit: "s",
      target: { below: 60 },
    },
    { name: "— most under way", value: calls.maxRefreshesUnderWay, unit: "", target: { below: 21 } },
    {
      name: "— resident memory, at its most, over before",
      value: most - before,
      unit: "MiB",
      target: { below: 64 },
    },
  ];
};
