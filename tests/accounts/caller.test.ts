import assert from "node:assert/strict";
import { execute, parse, subscribe } from "graphql";
import { buildSchema } from "../../schema/schema.ts";
import type { Caller } from "../../src/operations/caller.ts";
import { Forbidden, Unauthenticated } from "../../src/lib/errors.ts";
import { cancelFlow, FlowNotFound, getFlow } from "../../src/flows/flows.ts";
import { newId } from "../../src/lib/ids.ts";
import {
  importModalCredential,
  revokeModalCredential,
  verifyModalCredential,
} from "../../src/providers/modal/credential/modal_credential.ts";
import { startModalTokenFlow, waitForModalTokenFlow } from "../../src/providers/modal/connect/token_flow.ts";
import { createOperatorAs } from "../../src/operations/operators/operators.ts";
import { Secret } from "../../src/lib/secret.ts";
import { revealCredential } from "../../src/vault/reveal.ts";
import { CredentialNotFound, getCredential } from "../../src/vault/vault.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onEachDatabase } from "../support/databases.ts";
import { within } from "../support/eventually.ts";
import { newPerson } from "../support/people.ts";

const FLOW = { utmSource: "", localhostPort: 0, nextUrl: "", expiresInSeconds: 0, wait: false };

/** A signed-in user, as the caller of a request. */
async function newUser(app: TestApp): Promise<Caller & { kind: "user" }> {
  const { id: userId, sessionId } = await newPerson(app);
  const { now } = app.services;
  const times = { signedInAt: now(), tokenExpiresAt: new Date(now().getTime() + 900_000) };
  return {
    kind: "user",
    userId,
    sessionId,
    transport: "TOKENS",
    isGuest: false,
    assurance: "SINGLE",
    ...times,
    ipAddress: null,
    userAgent: null,
  };
}

function operator(role: "READ" | "OPERATE" | "REVEAL"): Caller {
  const expiresAt = new Date(Date.now() + 3_600_000);
  return {
    kind: "operator",
    operatorId: newId("opr"),
    name: "op",
    role,
    expiresAt,
    ipAddress: null,
    userAgent: null,
  };
}

const NOBODY: Caller = { kind: "nobody", ipAddress: null, userAgent: null };

onEachDatabase("another user's flow cannot be read, cancelled or awaited", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newUser(app), await newUser(app)];
  const { id, userId } = await startModalTokenFlow(app.services, ada, FLOW);
  assert.equal(userId, ada.userId);
  for (const stranger of [eve, NOBODY]) {
    await assert.rejects(getFlow(app.services, stranger, id), FlowNotFound);
    await assert.rejects(cancelFlow(app.services, stranger, id), FlowNotFound);
    await assert.rejects(waitForModalTokenFlow(app.services, stranger, id), FlowNotFound);
  }
  await assert.rejects(cancelFlow(app.services, operator("READ"), id), Forbidden);
  assert.equal((await getFlow(app.services, operator("READ"), id)).id, id);
  assert.equal((await cancelFlow(app.services, ada, id)).status, "CANCELLED");
});

onEachDatabase("a flow started by an operator belongs to no user", async (database) => {
  await using app = await startApp({ database });
  const { id, userId } = await startModalTokenFlow(app.services, operator("OPERATE"), FLOW);
  assert.equal(userId, null);
  await assert.rejects(getFlow(app.services, await newUser(app), id), FlowNotFound);
});

onEachDatabase("another user's credential cannot be read, revealed or changed", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newUser(app), await newUser(app)];
  const { id, tokenSecret } = await imported(app, ada);
  for (const stranger of [eve, NOBODY]) {
    await assert.rejects(getCredential(app.services, stranger, id), CredentialNotFound);
    await assert.rejects(revealCredential(app.services, stranger, id), CredentialNotFound);
    await assert.rejects(verifyModalCredential(app.services, stranger, id), CredentialNotFound);
    await assert.rejects(revokeModalCredential(app.services, stranger, id), CredentialNotFound);
  }
  await assert.rejects(revealCredential(app.services, operator("OPERATE"), id), Forbidden);
  await assert.rejects(revokeModalCredential(app.services, operator("READ"), id), Forbidden);
  const { secret } = await revealCredential(app.services, ada, id);
  assert.equal((secret.reveal() as { tokenSecret: string }).tokenSecret, tokenSecret);
  assert((await revokeModalCredential(app.services, ada, id)).revokedAt);
});

onEachDatabase("the same token imported by two users is two credentials", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newUser(app), await newUser(app)];
  const token = app.modal.issueToken();
  const ids = await Promise.all([ada, eve].map(async (user) => (await imported(app, user, token)).id));
  assert.equal(new Set(ids).size, 2);
  await revokeModalCredential(app.services, ada, ids[0] ?? "");
  assert.equal((await getCredential(app.services, eve, ids[1] ?? "")).health, "HEALTHY");
});

onEachDatabase("lists, the log and its subscription show users only their own data", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newUser(app), await newUser(app)];
  const ids = { flow: "", credential: "" };
  for (const caller of [ada, eve, operator("OPERATE")]) {
    const flow = await startModalTokenFlow(app.services, caller, FLOW);
    const { id } = await imported(app, caller);
    if (caller === ada) Object.assign(ids, { flow: flow.id, credential: id });
  }
  await app.services.eventLog.settled();
  const lists = `{
    flows { nodes { id } } credentials { nodes { id } } events(first: 500) { nodes { flowId credentialId userId } }
  }`;
  const own = await ask(app, ada, lists);
  assert.deepEqual(own["flows"], { nodes: [{ id: ids.flow }] });
  assert.deepEqual(own["credentials"], { nodes: [{ id: ids.credential }] });
  const { nodes } = own["events"] as { nodes: { userId: string }[] };
  assert(nodes.length >= 4 && nodes.every(({ userId }) => userId === ada.userId));
  const all = await ask(app, operator("READ"), lists);
  assert.equal((all["flows"] as { nodes: unknown[] }).nodes.length, 3);
  const others = await ask(app, ada, `{ events(userId: "${eve.userId}") { nodes { id } } }`);
  assert.deepEqual(others["events"], { nodes: [] });

  const live = await follow(app, ada, nodes.length);
  assert.deepEqual(new Set(live), new Set([ada.userId]));
});

onEachDatabase("queries return null for another user's flow or credential", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newUser(app), await newUser(app)];
  const flow = await startModalTokenFlow(app.services, ada, FLOW);
  const { id } = await imported(app, ada);
  const seen = await ask(app, eve, `{ flow(id: "${flow.id}") { id } credential(id: "${id}") { id } }`);
  assert.deepEqual(seen, { flow: null, credential: null });
});

onEachDatabase("a user has no operator permissions", async (database) => {
  await using app = await startApp({ database });
  const user = await newUser(app);
  const input = { name: "self-made", role: "READ", days: 1 } as const;
  await assert.rejects(createOperatorAs(app.services, user, input), Forbidden);
  await assert.rejects(createOperatorAs(app.services, NOBODY, input), Unauthenticated);
  await assert.rejects(
    createOperatorAs(app.services, operator("OPERATE"), { ...input, role: "REVEAL" }),
    Forbidden,
  );
  for (const field of ["operators { id }", "serverHealth { instanceId }", "metrics { __typename }"]) {
    const { errors } = await run(app, user, `{ ${field} }`);
    assert.equal((errors?.[0]?.originalError as { code?: string } | undefined)?.code, "FORBIDDEN", field);
  }
});

/** Imports a token of the emulator into this caller's vault. */
async function imported(app: TestApp, caller: Caller, token = app.modal.issueToken()) {
  const { tokenId, tokenSecret } = token;
  const given = { tokenId, tokenSecret: new Secret(tokenSecret) };
  const { credential } = await importModalCredential(app.services, caller, given);
  return { id: credential.id, tokenSecret };
}

const schema = buildSchema();

async function run({ services }: TestApp, caller: Caller, query: string) {
  return await execute({ schema, document: parse(query), contextValue: { caller, services } });
}

async function ask(app: TestApp, caller: Caller, query: string): Promise<Record<string, unknown>> {
  const { data, errors } = await run(app, caller, query);
  assert.equal(errors, undefined);
  assert(data);
  // Removes prototypes, which `deepEqual` would compare.
  return JSON.parse(JSON.stringify(data));
}

/** Returns the owners of the first `count` events of the caller's subscription. */
async function follow({ services }: TestApp, caller: Caller, count: number): Promise<(string | null)[]> {
  const document = parse(`subscription { events(after: "0") { userId } }`);
  const events = await subscribe({ schema, document, contextValue: { caller, services } });
  assert(Symbol.asyncIterator in events);
  const read = async () => {
    const owners: (string | null)[] = [];
    for await (const { data } of events) {
      owners.push((data as { events: { userId: string | null } }).events.userId);
      if (owners.length === count) break;
    }
    return owners;
  };
  return await within("the events", read());
}
