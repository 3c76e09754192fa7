import assert from "node:assert/strict";
import { randomBytes } from "../../src/lib/crypto.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { admitRootKey, WrongRootSecret } from "../../src/platform/keys/root_key_guard.ts";
import { CannotOpen, open, seal } from "../../src/platform/keys/seal.ts";
import { Secret } from "../../src/lib/secret.ts";
import { onPglite } from "../support/databases.ts";

const secret = () => new Secret(randomBytes(32));

onPglite(
  "a database accepts its root secret, or a new one given together with it, and no other",
  async (database) => {
    const { db } = await database.open();
    const [a, b, c] = [secret(), secret(), secret()];
    let day = 0;
    const admit = async (...keys: Parameters<typeof createKeyring>) =>
      await admitRootKey(db, createKeyring(...keys), new Date(Date.UTC(2026, 0, ++day)));

    await admit(a);
    await admit(a);
    await assert.rejects(admit(b), WrongRootSecret);
    await admit(b, a);
    await assert.rejects(admit(a), WrongRootSecret, "rows are sealed under b by now");
    await assert.rejects(admit(c, a), WrongRootSecret, "c's predecessor is not the one in force");
    await admit(b);
    await admit(a, b);
    await admit(a);
    await assert.rejects(admit(b), WrongRootSecret, "there was a way back");
  },
);

Deno.test("sealed data opens only for its purpose and context, with a configured key", async () => {
  const [old, now] = [secret(), secret()];
  const before = createKeyring(old);
  const rotated = createKeyring(now, old);
  const after = createKeyring(now);
  const sealed = await seal(before, "flow", "flw_1", { code: "x" });

  assert.deepEqual(await open(rotated, "flow", "flw_1", sealed), { code: "x" });
  await assert.rejects(open(after, "flow", "flw_1", sealed), CannotOpen);
  await assert.rejects(open(rotated, "flow", "flw_2", sealed), CannotOpen);
  await assert.rejects(open(rotated, "vault", "flw_1", sealed), CannotOpen);
  const flipped = sealed.slice(0, -5) + (sealed.at(-5) === "A" ? "B" : "A") + sealed.slice(-4);
  await assert.rejects(open(rotated, "flow", "flw_1", flipped), CannotOpen);
  assert.equal((await seal(rotated, "flow", "flw_1", 1)).split(".")[0], after.current.id);
});
