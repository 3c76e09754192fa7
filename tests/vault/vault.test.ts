import assert from "node:assert/strict";
import { newId } from "../../src/lib/ids.ts";
import { startApp } from "../support/app.ts";
import {
  eventsOf,
  importToken,
  newCredential,
  readCredential,
  reveal,
  revoke,
  verify,
} from "../support/credentials.ts";
import { onEachDatabase, onPglite, onPostgres } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { codeOf } from "../support/modal_flows.ts";
import { newPerson, refresh, signedIn } from "../support/people.ts";

onEachDatabase("R32: only REVEAL can reveal a secret, and each time is an event", async (database) => {
  await using app = await startApp({ database });
  const [reader, operator, revealer] = [
    await app.operator("READ"),
    await app.operator("OPERATE"),
    await app.operator("REVEAL"),
  ];
  const { id, tokenId, tokenSecret } = await newCredential(app, operator);
  assert.equal(codeOf(await reveal(app.client(), id)), "UNAUTHENTICATED");
  assert.equal(codeOf(await reveal(reader, id)), "FORBIDDEN");
  assert.equal(codeOf(await reveal(operator, id)), "FORBIDDEN");
  for (const _ of ["once", "again"]) {
    const answer = await reveal(revealer, id);
    assert(answer.__typename === "RevealedCredential");
    assert.deepEqual(answer.secret, { tokenId, tokenSecret });
  }
  const reveals = (await eventsOf(app, reader, id)).filter(({ type }) => type === "credential.revealed");
  assert.equal(reveals.length, 2);
  assert(reveals.every(({ actor }) => actor.startsWith("operator:reveal-")));
  const { events, sealed } = await everythingStored(app);
  assert(
    !events.includes(tokenSecret) && !sealed.includes(tokenSecret),
    "the secret is stored in clear text",
  );
});

onPglite("R32: users can reveal their own secrets for ten minutes after sign-in", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const client = app.client(ada.accessToken);
  const { id, tokenId, tokenSecret } = await newCredential(app, client);
  const revealed = await reveal(client, id);
  assert(revealed.__typename === "RevealedCredential", JSON.stringify(revealed));
  assert.deepEqual(revealed.secret, { tokenId, tokenSecret });

  app.clock.advance(10 * 60 + 1);
  assert.equal(codeOf(await reveal(client, id)), "STEP_UP_REQUIRED");
  const { tokens } = await refresh(app, ada.refreshToken);
  assert.equal(codeOf(await reveal(app.client(tokens.accessToken), id)), "STEP_UP_REQUIRED");
  const again = await signedIn(app, ada.username);
  assert.equal((await reveal(app.client(again.accessToken), id)).__typename, "RevealedCredential");
});

onEachDatabase("a valid token is imported, verified and labelled with its workspace", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { tokenId, tokenSecret } = app.modal.issueToken();
  const answer = await importToken(operator, { tokenId, tokenSecret });
  assert(answer.__typename === "ModalVerified");
  assert.deepEqual(answer.credential, {
    id: answer.credential.id,
    health: "HEALTHY",
    label: "emulated-workspace",
    tokenId,
  });
  assert.equal(answer.info.username, "emulated-user");
  const types = (await eventsOf(app, operator, answer.credential.id)).map(({ type }) => type);
  assert.deepEqual(types, ["credential.created", "credential.health_changed", "credential.verified"]);
});

onEachDatabase("incomplete, swapped and refused tokens are not imported", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { tokenId, tokenSecret } = app.modal.issueToken();
  const revoked = app.modal.issueToken();
  app.modal.revokeToken(revoked.tokenId);
  const invalid = [
    { tokenId, tokenSecret: "" },
    { tokenId: "", tokenSecret },
    { tokenId: tokenSecret, tokenSecret: tokenId },
    { tokenId: `${tokenId}\n`, tokenSecret },
    { tokenId, tokenSecret: `as-${"x".repeat(300)}` },
    { tokenId: "wk-1", tokenSecret: "ws-1" },
  ];
  for (const token of invalid) {
    assert.equal(codeOf(await importToken(operator, token)), "INVALID_INPUT", JSON.stringify(token));
  }
  assert.equal(app.modal.calls.length, 0, "Modal is not called for malformed tokens");
  const { tokenId: oldId, tokenSecret: oldSecret } = revoked;
  const refusal = await importToken(operator, { tokenId: oldId, tokenSecret: oldSecret });
  assert.equal(codeOf(refusal), "MODAL_REJECTED");
  assert(!JSON.stringify(refusal).includes(oldSecret));
  assert.equal(codeOf(await importToken(await app.operator("READ"), { tokenId, tokenSecret })), "FORBIDDEN");
  assert.equal(codeOf(await importToken(app.client(), { tokenId, tokenSecret })), "UNAUTHENTICATED");
  assert.deepEqual(await app.services.db.selectFrom("credentials").select("id").execute(), []);
});

onPostgres("ten concurrent imports of one token create one credential", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { tokenId, tokenSecret } = app.modal.issueToken();
  const ids = await times(10, async () => {
    const answer = await importToken(operator, { tokenId, tokenSecret });
    assert(answer.__typename === "ModalVerified", answer.__typename);
    return answer.credential.id;
  });
  assert.equal(new Set(ids).size, 1);
  const revealed = await reveal(operator, ids[0] ?? "");
  assert(revealed.__typename === "RevealedCredential");
  assert.deepEqual(revealed.secret, { tokenId, tokenSecret });
});

onEachDatabase("a token imported again after it was revoked here is a new credential", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id, tokenId, tokenSecret } = await newCredential(app, operator);
  await revoke(operator, id);
  const answer = await importToken(operator, { tokenId, tokenSecret });
  assert(answer.__typename === "ModalVerified");
  assert.notEqual(answer.credential.id, id);
  assert.equal((await readCredential(operator, id)).health, "REVOKED");
});

onEachDatabase("revoking deletes the secret and warns that Modal still accepts it", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  const { id } = await newCredential(app, operator);
  const answer = await revoke(operator, id);
  assert(answer.__typename === "CredentialChanged");
  assert.equal(answer.credential.health, "REVOKED");
  assert.equal(answer.credential.valid, false);
  assert.match(answer.credential.lastFailure ?? "", /modal\.com\/settings\/tokens/);
  const row = await app.services.db.selectFrom("credentials").select(["sealed", "root_key_id"])
    .executeTakeFirst();
  assert.deepEqual(row, { sealed: null, root_key_id: null });
  assert.deepEqual(await revoke(operator, id), answer, "twice changes nothing");
  assert.equal(codeOf(await reveal(operator, id)), "REAUTHORIZATION_REQUIRED");
  assert.equal(codeOf(await verify(operator, id)), "REAUTHORIZATION_REQUIRED");
  assert.equal((await readCredential(operator, id)).health, "REVOKED");
  const types = (await eventsOf(app, operator, id)).map(({ type }) => type);
  assert.deepEqual(types.slice(-2), ["credential.health_changed", "credential.revoked"]);
});

onEachDatabase("for an unknown credential, queries return null and others NOT_FOUND", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operator();
  for (const id of [newId("crd"), newId("flw"), "", "crd_", "' or true --", "crd_\u0000"]) {
    await assert.rejects(readCredential(operator, id), { message: "there is no such credential" });
    for (
      const answer of [await verify(operator, id), await reveal(operator, id), await revoke(operator, id)]
    ) {
      assert.equal(codeOf(answer), "CREDENTIAL_NOT_FOUND", id);
    }
  }
});

onEachDatabase("READ can see a credential but not verify or revoke it", async (database) => {
  await using app = await startApp({ database });
  const { id } = await newCredential(app, await app.operator("OPERATE"));
  const reader = await app.operator("READ");
  assert.equal((await readCredential(reader, id)).health, "HEALTHY");
  assert.equal(codeOf(await verify(reader, id)), "FORBIDDEN");
  assert.equal(codeOf(await revoke(reader, id)), "FORBIDDEN");
});

/** All events and all sealed records as text. */
async function everythingStored({ services: { db } }: Awaited<ReturnType<typeof startApp>>) {
  const events = await db.selectFrom("events").selectAll().execute();
  const sealed = await db.selectFrom("credentials").selectAll().execute();
  return { events: JSON.stringify(events), sealed: JSON.stringify(sealed) };
}
