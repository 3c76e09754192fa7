import assert from "node:assert/strict";
import { randomBytes } from "../../src/lib/crypto.ts";
import { createKeyring } from "../../src/platform/keys/root_key.ts";
import { WrongRootSecret } from "../../src/platform/keys/root_key_guard.ts";
import { Secret } from "../../src/lib/secret.ts";
import { resealVault } from "../../src/vault/reseal.ts";
import { startModalEmulator } from "../../src/emulators/modal/modal_emulator.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { eventsOf, newCredential, readCredential, reveal, verify } from "../support/credentials.ts";
import { onEachDatabase } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { codeOf, flowWhen, startFlow } from "../support/modal_flows.ts";

/** The columns that an attacker with database access can change. */
type Row = { sealed: string; owner_id: string | null; provider: string; root_key_id: string };

const TAMPERINGS: Record<string, (row: Row, other: Row) => Partial<Row>> = {
  "another row's secret": (_row, other) => ({ sealed: other.sealed }),
  "another row's data key": (row, other) => ({ sealed: [part(other, 0), part(row, 1)].join(".") }),
  "another row's body": (row, other) => ({ sealed: [part(row, 0), part(other, 1)].join(".") }),
  "a bit of the data key": (row) => ({ sealed: [flipBit(part(row, 0)), part(row, 1)].join(".") }),
  "a bit of the body": (row) => ({ sealed: [part(row, 0), flipBit(part(row, 1))].join(".") }),
  "a byte less": (row) => ({ sealed: row.sealed.slice(0, -2) }),
  "nothing but a dot": () => ({ sealed: "." }),
  "no text of ours": () => ({ sealed: "%%%" }),
  "another owner": () => ({ owner_id: "usr_01h2xcejqtf2nbrexx3vqjhp41" }),
  "an unknown root key": () => ({ root_key_id: "AAAAAAAAAAA" }),
};

onEachDatabase("R32: a manipulated record cannot be opened", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const other = await newCredential(app, operator);
  for (const [name, tamper] of Object.entries(TAMPERINGS)) {
    const { id, tokenSecret } = await newCredential(app, operator);
    await change(app, id, tamper(await rowOf(app, id), await rowOf(app, other.id)));
    for (const answer of [await reveal(operator, id), await verify(operator, id)]) {
      assert.equal(codeOf(answer), "REAUTHORIZATION_REQUIRED", name);
      assert("actionRequired" in answer && /Authorise again/.test(answer.actionRequired ?? ""));
      assert(!JSON.stringify(answer).includes(tokenSecret));
    }
    const types = (await eventsOf(app, operator, id)).map(({ type }) => type);
    assert(!types.includes("credential.revealed"), "nothing was revealed, so no event says so");
  }
  assert.equal((await reveal(operator, other.id)).__typename, "RevealedCredential", "the others still open");
});

onEachDatabase("R33: the root secret can be rotated in use, and the old one removed", async (database) => {
  const [before, after] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  await using modal = startModalEmulator();
  const stored: { id: string; tokenSecret: string }[] = [];
  {
    await using app = await startApp({ database, modal, keys: createKeyring(before) });
    stored.push(await newCredential(app, await app.operator()));
  }
  {
    const rotating = createKeyring(after, before);
    await using app = await startApp({ database, modal, keys: rotating });
    const operator = await app.operator();
    stored.push(await newCredential(app, operator));
    for (const credential of stored) await opens(app, credential);
    // The server reseals in the background after its start, and may not have finished yet.
    await resealVault(app.services);
    assert.deepEqual(await resealVault(app.services), { resealed: 0, unreadable: 0 });
    for (const { id } of stored) assert.equal((await rowOf(app, id)).root_key_id, rotating.current.id);
    for (const credential of stored) await opens(app, credential);
  }
  await using app = await startApp({ database, modal, keys: createKeyring(after) });
  for (const credential of stored) await opens(app, credential);
});

onEachDatabase("R33: the server reseals every credential that it can open", async (database) => {
  const [before, after] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  await using modal = startModalEmulator();
  const ids: string[] = [];
  {
    await using app = await startApp({ database, modal, keys: createKeyring(before) });
    const operator = await app.operator();
    for (let n = 0; n < 60; n++) ids.push((await newCredential(app, operator)).id);
    const damaged = await rowOf(app, ids[0] ?? "");
    await change(app, ids[0] ?? "", { sealed: [part(damaged, 0), flipBit(part(damaged, 1))].join(".") });
  }
  const rotating = createKeyring(after, before);
  await using app = await startApp({ database, modal, keys: rotating });
  await eventually("all but the damaged one are resealed", async () => {
    const { length } = await app.services.db.selectFrom("credentials").select("id")
      .where("root_key_id", "=", rotating.current.id).execute();
    return length === ids.length - 1;
  });
});

onEachDatabase("R33: a flow continues after a change of the root secret", async (database) => {
  const [before, after] = [new Secret(randomBytes(32)), new Secret(randomBytes(32))];
  await using modal = startModalEmulator();
  let started: { id: string; tokenFlowId: string };
  {
    await using app = await startApp({ database, modal, keys: createKeyring(before) });
    started = await startFlow(await app.operator());
  }
  await using app = await startApp({ database, modal, keys: createKeyring(after, before) });
  modal.approve(started.tokenFlowId);
  await flowWhen(await app.operator(), started.id, "SUCCEEDED");
});

onEachDatabase("a wrong root secret is refused, including a former one", async (database) => {
  const [first, second, stranger] = [randomBytes(32), randomBytes(32), randomBytes(32)].map((bytes) =>
    new Secret(bytes)
  ) as [Key, Key, Key];
  await using modal = startModalEmulator();
  const starts = async (current: Key, previous?: Key) => {
    const keys = createKeyring(current, previous);
    await using _app = await startApp({ database, modal, keys });
  };
  await starts(first);
  await assert.rejects(starts(stranger), WrongRootSecret);
  await starts(first);
  await starts(second, first);
  await assert.rejects(starts(first), WrongRootSecret, "it cannot open newer records");
  await starts(second);
  await starts(first, second);
});

type Key = Secret<Uint8Array<ArrayBuffer>>;

async function opens(app: TestApp, { id, tokenSecret }: { id: string; tokenSecret: string }): Promise<void> {
  const operator = await app.operator();
  const answer = await reveal(operator, id);
  assert(answer.__typename === "RevealedCredential", answer.__typename);
  assert.equal((answer.secret as { tokenSecret: string }).tokenSecret, tokenSecret);
  assert.equal((await readCredential(operator, id)).health, "HEALTHY");
}

async function rowOf({ services: { db } }: TestApp, id: string): Promise<Row> {
  const row = await db.selectFrom("credentials").select(["sealed", "owner_id", "provider", "root_key_id"])
    .where("id", "=", id).executeTakeFirstOrThrow();
  return { ...row, sealed: row.sealed ?? "", root_key_id: row.root_key_id ?? "" };
}

async function change({ services: { db } }: TestApp, id: string, row: Partial<Row>): Promise<void> {
  await db.updateTable("credentials").set(row).where("id", "=", id).execute();
}

function part(row: Row, index: number): string {
  return row.sealed.split(".")[index] ?? "";
}

/** Returns the text with one bit of its byte 20 flipped. */
function flipBit(base64Url: string): string {
  const bytes = Uint8Array.fromBase64(base64Url, { alphabet: "base64url" });
  bytes[20] = (bytes[20] ?? 0) ^ 1;
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}
