import assert from "node:assert/strict";
import { invalidGrant, serverError } from "../../../src/emulators/google/switches.ts";
import { startApp } from "../../support/app.ts";
import { onEachDatabase } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import { access, accessToken, CALENDAR, clientOf, importGoogle } from "../../support/google_credentials.ts";
import { codeOf } from "../../support/modal_flows.ts";
import { newPerson } from "../../support/people.ts";
import { run, workspace } from "../../support/processes.ts";
import { readTokenFile } from "../../../src/cli/google_token_file.ts";

onEachDatabase("tokens of another program are refreshed, stored and used", async (database) => {
  await using app = await startGoogleApp({ database });
  const person = await newPerson(app);
  const client = await clientOf(app, person);
  const { refreshToken, accessToken: old } = await app.google.grant("ada@gmail.test", [
    "openid",
    "email",
    CALENDAR,
  ]);
  const { clientId } = app.google.client;
  const answer = await importGoogle(client, { refreshToken, clientId, scopes: ["ignored"] });
  assert(answer.__typename === "CredentialChanged", JSON.stringify(answer));
  const { health, label, hasRefreshToken, owner, id } = answer.credential;
  assert.deepEqual({ health, label, hasRefreshToken, owner }, {
    health: "HEALTHY",
    label: "ada@gmail.test",
    hasRefreshToken: true,
    owner: { id: person.id },
  });
  assert.notEqual(await accessToken(client, [CALENDAR]), old);
  const again = await importGoogle(client, { refreshToken });
  assert(again.__typename === "CredentialChanged");
  assert.equal(again.credential.id, id, "the same account is the same credential");
});

onEachDatabase("the refresh token identifies tokens whose account Google does not name", async (database) => {
  await using app = await startGoogleApp({ database });
  const client = await app.operator("REVEAL");
  const ids = [];
  for (const email of ["one@gmail.test", "two@gmail.test"]) {
    const { refreshToken } = await app.google.grant(email, [CALENDAR]);
    for (const _ of ["once", "again"]) {
      const answer = await importGoogle(client, { refreshToken });
      assert(answer.__typename === "CredentialChanged", JSON.stringify(answer));
      assert.equal(answer.credential.owner, null);
      assert(!answer.credential.label.includes(refreshToken));
      ids.push(answer.credential.id);
    }
  }
  assert.equal(new Set(ids).size, 2);
});

onEachDatabase("an invalid import is rejected and stores nothing", async (database) => {
  await using app = await startGoogleApp({ database });
  const client = await clientOf(app, await newPerson(app));
  const { refreshToken } = await app.google.grant("ada@gmail.test", [CALENDAR]);
  for (const refreshToken of ["", "with space", `1//${"x".repeat(3_000)}`]) {
    assert.equal(codeOf(await importGoogle(client, { refreshToken })), "INVALID_INPUT");
  }
  const other = await importGoogle(client, { refreshToken, clientId: "other.apps.googleusercontent.com" });
  assert(other.__typename === "InvalidInputError", JSON.stringify(other));
  assert.match(other.message, /granted to another client/);
  assert.equal(app.google.calls.refreshes, 0, "invalid tokens are not sent to Google");
  app.google.switches.faults = [invalidGrant(1)];
  assert.equal(codeOf(await importGoogle(client, { refreshToken })), "REAUTHORIZATION_REQUIRED");
  app.google.switches.faults = [serverError("token", 1)];
  assert.equal(codeOf(await importGoogle(client, { refreshToken })), "PROVIDER_UNAVAILABLE");
  assert.equal(
    codeOf(await importGoogle(client, { refreshToken: "1//nonsense" })),
    "REAUTHORIZATION_REQUIRED",
  );
  assert.equal(codeOf(await importGoogle(await app.operator("READ"), { refreshToken })), "FORBIDDEN");
  assert.equal(codeOf(await importGoogle(app.client(), { refreshToken })), "UNAUTHENTICATED");
  assert.equal(codeOf(await access(client)), "REAUTHORIZATION_REQUIRED");
  assert.deepEqual(await app.services.db.selectFrom("credentials").select("id").execute(), []);
});

/** Clears the screen, reverses the text direction, and breaks the line. */
const HOSTILE = "\x1b[2J\u202Ecod.exe\u2066\nThe tokens lie\u2028elsewhere\u200B\x9b1m";

onEachDatabase("the account's label is stored without invisible characters", async (database) => {
  await using app = await startGoogleApp({ database });
  const client = await clientOf(app, await newPerson(app));
  const { refreshToken } = await app.google.grant("ada@gmail.test", ["openid", "email"]);
  app.google.switches.idTokens = { claims: { email: HOSTILE } };
  const answer = await importGoogle(client, { refreshToken });
  assert(answer.__typename === "CredentialChanged", JSON.stringify(answer));
  assert.equal(answer.credential.label, "[2Jcod.exeThe tokens lieelsewhere1m");
});

Deno.test("text of a hostile server cannot control the terminal", async () => {
  await using place = await workspace();
  const credential = { id: "crd_1", label: HOSTILE, health: "HEALTHY", scopes: [HOSTILE] };
  const data = { importGoogleCredential: { __typename: "CredentialChanged", credential } };
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => Response.json({ data }),
  );
  await Deno.mkdir(place.dir, { recursive: true });
  const file = `${place.dir}/token.json`;
  await Deno.writeTextFile(file, JSON.stringify({ refresh_token: "1//y" }));
  const url = `http://127.0.0.1:${server.addr.port}`;
  const { code, out, err } = await run(["google", "import", file], {
    ...place.env,
    SALLYPORT_URL: url,
    SALLYPORT_TOKEN: "t",
  });
  assert.deepEqual([code, err], [0, ""]);
  const shown = "␛[2Jcod.exe The tokens lie elsewhere␦1m";
  assert.equal(out, `The tokens of ${shown} are stored as crd_1 (HEALTHY)\nGranted: ${shown}\n`);
});

onEachDatabase("without a Google client nothing is imported", async (database) => {
  await using app = await startApp({ database });
  const client = await clientOf({ ...app, google: undefined as never }, await newPerson(app));
  assert.equal(codeOf(await importGoogle(client, { refreshToken: "1//x" })), "GOOGLE_NOT_CONFIGURED");
});

Deno.test("token files of Google's Python and Node libraries are both read", () => {
  const python = {
    token: "ya29.x",
    refresh_token: "1//y",
    token_uri: "https://oauth2.googleapis.com/token",
    client_id: "id",
    client_secret: "secret",
    scopes: [CALENDAR],
    expiry: "2026-11-21T12:00:00Z",
  };
  assert.deepEqual(readTokenFile(JSON.stringify(python)), {
    refreshToken: "1//y",
    clientId: "id",
    scopes: [CALENDAR],
  });
  const node = {
    access_token: "ya29.x",
    refresh_token: "1//y",
    scope: `openid ${CALENDAR}`,
    token_type: "Bearer",
    expiry_date: 1,
  };
  assert.deepEqual(readTokenFile(JSON.stringify(node)), {
    refreshToken: "1//y",
    scopes: ["openid", CALENDAR],
  });
  for (const text of ["", "null", "[]", "{", '{"installed":{"client_id":"x"}}', '{"refresh_token":7}']) {
    assert.throws(() => readTokenFile(text), /not a token file of Google's client libraries/, text);
  }
  for (const text of ['{"token":"ya29.x"}', '{"access_token":"ya29.x","refresh_token":""}']) {
    assert.throws(() => readTokenFile(text), /it has no refresh token/, text);
  }
});
