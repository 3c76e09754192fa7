import assert from "node:assert/strict";
import { invalidGrant, serverError } from "../../src/emulators/google/switches.ts";
import { unavailable } from "../../src/emulators/modal/switches.ts";
import { startApp } from "../support/app.ts";
import { eventsAbout, from } from "../support/callers.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { causeOf } from "../support/diagnoses.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { newConnected, refreshNow } from "../support/google_credentials.ts";
import { issueNonce, presentToken, signInWithGoogle } from "../support/google_sign_in.ts";
import { flowWhen, readFlow, StartFlow, startFlow } from "../support/modal_flows.ts";
import { newPerson } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";

onEachDatabase("GOOGLE_LINK_NEEDS_PROOF: the account that has the address", async (database) => {
  await using app = await startGoogleApp({ database });
  const { id, email } = await newProvenPerson(app);
  const { code } = await signInWithGoogle(app, { email, hd: null });
  assert.equal(code, "LINK_REQUIRES_PROOF");
  for (const identifier of [email, id]) {
    assert.match((await causeOf(app, identifier, "GOOGLE_LINK_NEEDS_PROOF")).cause, new RegExp(email));
  }
});

onEachDatabase("GOOGLE_TOKEN_REFUSED: the reason, found by client or e-mail address", async (database) => {
  await using app = await startGoogleApp({ database });
  const refusals: [string, Parameters<typeof app.google.issueIdToken>[1], RegExp][] = [
    ["203.0.113.1", { audience: "another-client" }, /another client id/],
    ["203.0.113.2", { issuer: "https://evil.example" }, /not issued by Google/],
    ["203.0.113.3", { times: { iat: -7_200, exp: -3_600 } }, /expired 3\d{3} s earlier/],
    ["203.0.113.4", { times: { iat: 600, exp: 4_200 } }, /issued (59\d|600) s in the future/],
    ["203.0.113.5", { nonce: "not ours" }, /nonce was not issued by this server/],
  ];
  for (const [address, options, says] of refusals) {
    const nonce = await issueNonce(app);
    const account = { email: `ada.${address}@gmail.com` };
    const { code } = await presentToken(
      from(app, address),
      app.google.issueIdToken(account, { nonce, ...options }),
    );
    assert.equal(code, "GOOGLE_TOKEN_REJECTED", address);
    for (const identifier of [address, account.email]) {
      assert.match((await causeOf(app, identifier, "GOOGLE_TOKEN_REFUSED")).cause, says);
    }
  }
});

onPglite(
  "a refused Google token is about the user with the verified address, if Google has signed and verified it",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { id, email } = await newProvenPerson(app);
    const refused: Parameters<typeof app.google.issueIdToken>[1][] = [
      { alg: "none" },
      { claims: { email_verified: false }, audience: "another-client" },
      { audience: "another-client" },
    ];
    const counts: number[] = [];
    for (const options of refused) {
      await presentToken(app, app.google.issueIdToken({ email }, options));
      counts.push((await eventsAbout(app, id)).filter(({ type }) => type === "google.rejected").length);
    }
    assert.deepEqual(counts, [0, 0, 1]);
  },
);

onPglite("CREDENTIAL_NEEDS_AUTHORIZATION: the provider's message", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  app.google.switches.faults = [invalidGrant(1)];
  await refreshNow(app.client(person.accessToken), credential.id);
  for (const identifier of [person.username, credential.id]) {
    const { cause, cure } = await causeOf(app, identifier, "CREDENTIAL_NEEDS_AUTHORIZATION");
    assert.match(cause, /ada@gmail\.test must be authorised again: .*\w/);
    assert.match(cure, /connects the account again/);
  }
});

onPglite("PROVIDER_UNREACHABLE: a refresh failed because the provider is down", async (database) => {
  await using app = await startGoogleApp({ database });
  const { person, credential } = await newConnected(app);
  app.google.switches.faults = [serverError("token", 1_000)];
  await refreshNow(app.client(person.accessToken), credential.id);
  await causeOf(app, person.username, "PROVIDER_UNREACHABLE");
});

onEachDatabase("MODAL_UNREACHABLE: at the start of a flow, and while it waits", async (database) => {
  await using app = await startApp({ database });
  const { username, accessToken } = await newPerson(app);
  const client = app.client(accessToken);
  app.modal.switches.faults = [unavailable(1_000, "ClientHello")];
  await client.request(StartFlow, {});
  assert.match((await causeOf(app, username, "MODAL_UNREACHABLE")).cure, /start a new flow/);
  app.modal.switches.faults = [unavailable(1_000, "TokenFlowWait")];
  const { id } = await startFlow(client);
  await eventually(
    "a poll has failed",
    async () => (await readFlow(client, id)).steps.at(-1)?.name === "unreachable",
  );
  const { cure } = await causeOf(app, id, "MODAL_UNREACHABLE");
  assert.match(cure, /keeps trying/);
});

onPglite("MODAL_WAITING, MODAL_TIMED_OUT and MODAL_REFUSED: the state of the flow", async (database) => {
  await using app = await startApp({ database, env: { MODAL_POLL_SECONDS: "1", MODAL_MAX_ATTEMPTS: "1" } });
  const { username, accessToken } = await newPerson(app);
  const client = app.client(accessToken);
  const waiting = await startFlow(client, { wait: false });
  await causeOf(app, waiting.id, "MODAL_WAITING");
  const { id } = await startFlow(client);
  await flowWhen(client, id, "TIMED_OUT");
  assert.match((await causeOf(app, username, "MODAL_TIMED_OUT")).cure, /approves it on Modal's page/);
  app.modal.switches.newFlows = "denied";
  const denied = await startFlow(client);
  await flowWhen(client, denied.id, "FAILED");
  await causeOf(app, username, "MODAL_REFUSED");
});
