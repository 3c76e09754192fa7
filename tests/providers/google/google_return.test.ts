import assert from "node:assert/strict";
import { parsePastedReturn } from "../../../src/client/operator/google_return.ts";
import { onPglite } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  complete,
  goTo,
  JSON_PLEASE,
  newVisitor,
  readFlow,
  refusalOf,
  rejections,
  returnOf,
  start,
} from "../../support/google_flows.ts";
import { newPerson } from "../../support/people.ts";

const DRIVE = "https://www.googleapis.com/auth/drive.readonly";
const LONG_EMAIL = "https://www.googleapis.com/auth/userinfo.email";
const LONG_PROFILE = "https://www.googleapis.com/auth/userinfo.profile";
const CLI = { mode: "CLI", redirectUri: "http://127.0.0.1:9999/" };

const FOREIGN = [
  "https://evil.example",
  "https://accounts.google.com/",
  "https://accounts.google.com.evil.example",
  "http://accounts.google.com",
  "HTTPS://ACCOUNTS.GOOGLE.COM",
];

onPglite(
  "R26: a redirect with an issuer other than Google is rejected and does not consume the state",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const started = await start(visitor, {});
    const back = await returnOf(started);
    for (const iss of FOREIGN) {
      back.searchParams.set("iss", iss);
      const { status, code } = await refusalOf(await goTo(visitor, back, JSON_PLEASE));
      assert.deepEqual([status, code], [400, "INVALID_STATE"], iss);
    }
    assert.ok((await rejections(app)).every(({ reason }) => reason === "other_issuer"));
    assert.equal(app.google.calls.exchanges, 0);
    assert.equal((await readFlow(visitor, started.flow.id, {})).status, "WAITING");
    back.searchParams.set("iss", "accounts.google.com");
    const response = await goTo(visitor, back);
    assert.equal(response.status, 200, await response.text());
  },
);

onPglite(
  "R26: the mutation of the command line also rejects another issuer, typed or pasted",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { accessToken: token } = await newPerson(app);
    const started = await start(app, { token }, CLI);
    const back = await returnOf(started);
    const { state = "", code } = Object.fromEntries(back.searchParams);
    back.searchParams.set("iss", "https://evil.example");
    const pasted = parsePastedReturn(back.href, state);
    assert.ok(pasted);
    assert.equal((await complete(app, { token }, { state, ...pasted })).code, "INVALID_STATE");
    assert.equal(app.google.calls.exchanges, 0);
    // The `iss` parameter is optional.
    assert.equal((await complete(app, { token }, { state, code })).flow.status, "SUCCEEDED");
  },
);

onPglite("an empty error, code, issuer or returnTo counts as absent", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const started = await start(visitor, {}, { returnTo: "" });
  const back = await returnOf(started);
  const { code = "" } = Object.fromEntries(back.searchParams);
  const empty = { error: "", iss: "", code: "" };
  for (const [name, value] of Object.entries(empty)) back.searchParams.set(name, value);
  assert.equal((await refusalOf(await goTo(visitor, back, JSON_PLEASE))).code, "INVALID_INPUT");
  back.searchParams.set("state", "");
  assert.equal((await refusalOf(await goTo(visitor, back, JSON_PLEASE))).code, "INVALID_STATE");
  assert.deepEqual((await rejections(app)).map(({ reason }) => reason), ["missing"]);
  back.searchParams.set("state", new URL(started.authorizationUrl).searchParams.get("state") ?? "");
  back.searchParams.set("code", code);
  const response = await goTo(visitor, back);
  assert.equal(response.status, 200, await response.text());
  const page = await goTo(visitor, "http://127.0.0.1:4000/connect/google?returnTo=&scope=");
  assert.equal(page.status, 200, await page.text());

  const { accessToken: token } = await newPerson(app);
  const byCommand = await start(app, { token }, CLI);
  const { state = "", ...returned } = Object.fromEntries((await returnOf(byCommand)).searchParams);
  const done = await complete(app, { token }, { state, ...returned, error: "" });
  assert.equal(done.flow?.status, "SUCCEEDED", JSON.stringify(done));
});

onPglite(
  "both names of a Google scope count as the same scope when requested, granted and stored",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { accessToken: token } = await newPerson(app);
    const requested = [LONG_EMAIL, "profile", LONG_PROFILE, DRIVE];
    const canonical = ["openid", "email", "profile", DRIVE];
    for (const grantedEmail of [LONG_EMAIL, "email"]) {
      const started = await start(app, { token }, { ...CLI, scopes: requested });
      assert.equal(new URL(started.authorizationUrl).searchParams.get("scope"), canonical.join(" "));
      const { state, code } = Object.fromEntries((await returnOf(started)).searchParams);
      app.google.switches.tokenAnswer = { scope: `openid ${grantedEmail} ${LONG_PROFILE} ${DRIVE}` };
      assert.equal((await complete(app, { token }, { state, code })).flow.status, "SUCCEEDED");
      const { scopes, steps, credential } = await readFlow(app, started.flow.id, { token });
      assert.deepEqual(scopes, canonical);
      const received = steps.find(({ name }) => name === "tokens_received");
      assert.deepEqual([received?.data["missing"], received?.data["scopes"]], [[], canonical]);
      assert.deepEqual(credential?.scopes, canonical);
    }
  },
);
