import assert from "node:assert/strict";
import { newPostgres, type TestDatabase } from "../support/databases.ts";
import { newRootSecret, runCommand, temporaryFolder } from "../support/server_process.ts";

Deno.test("R32: without the root secret or with a wrong one, the server reports it and does not start", async () => {
  await using database: TestDatabase & { url: string } = await newPostgres();
  await using folder = await temporaryFolder();
  const env = { DATABASE_URL: database.url };
  const missing = await runCommand(["serve"], folder.path, env);
  assert.equal(missing.code, 1);
  assert.match(missing.output, /SALLYPORT_SECRET must be set with DATABASE_URL/);
  const malformed = await runCommand(["serve"], folder.path, {
    ...env,
    SALLYPORT_SECRET: "short-and-secret",
  });
  assert.equal(malformed.code, 1);
  assert.match(malformed.output, /SALLYPORT_SECRET must be 32 bytes/);
  assert.doesNotMatch(malformed.output, /short-and-secret/);
  const { db, close } = await database.open();
  await db.insertInto("root_keys").values({ id: "another", in_force_since: new Date() }).execute();
  await close();
  const secret = newRootSecret();
  const wrong = await runCommand(["serve"], folder.path, { ...env, SALLYPORT_SECRET: secret });
  assert.equal(wrong.code, 1);
  assert.match(
    wrong.output,
    /^Cannot start: SALLYPORT_SECRET does not match this database/,
  );
  assert(!wrong.output.includes(secret));
});
