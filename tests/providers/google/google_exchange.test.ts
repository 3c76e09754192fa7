import assert from "node:assert/strict";
import { dropped, type GoogleSwitches, serverError, silent } from "../../../src/emulators/google/switches.ts";
import { onEachDatabase, onPglite } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  goTo,
  JSON_PLEASE,
  newVisitor,
  readFlow,
  refusalOf,
  returnOf,
  start,
} from "../../support/google_flows.ts";
import { newPerson } from "../../support/people.ts";
import { post } from "../../support/wire.ts";

const DRIVE = "https://www.googleapis.com/auth/drive.readonly";
const CONSENT_AGAIN = "Connect Google again: consent must be given once more";

onEachDatabase(
  "a failed exchange has a reason, consumes the state, and asks for consent again",
  async (database) => {
    await using app = await startGoogleApp({ database, googleSeconds: 1 });
    const visitor = await newVisitor(app);
    const failures: Record<string, [Partial<GoogleSwitches>, status: number, code: string]> = {
      "500": [{ faults: [serverError("token", 1)] }, 502, "PROVIDER_UNAVAILABLE"],
      "503": [{ faults: [serverError("token", 1, 503)] }, 502, "PROVIDER_UNAVAILABLE"],
      "not JSON": [
        {
          faults: [{ endpoint: "token", kind: "garbled", body: "<h1>Welcome to the airport</h1>", times: 1 }],
        },
        502,
        "PROVIDER_UNAVAILABLE",
      ],
      "never answering": [{ faults: [silent("token", 1)] }, 502, "PROVIDER_UNAVAILABLE"],
      "a broken connection": [{ faults: [dropped("token", 1, true)] }, 502, "PROVIDER_UNAVAILABLE"],
      "a lifetime of zero": [{ tokenAnswer: { expires_in: 0 } }, 502, "PROVIDER_UNAVAILABLE"],
      "no ID token": [{ tokenAnswer: { id_token: undefined } }, 502, "PROVIDER_UNAVAILABLE"],
      "a malformed ID token": [{ tokenAnswer: { id_token: "a.b.c" } }, 400, "GOOGLE_TOKEN_REJECTED"],
      "an ID token for another client": [
        { idTokens: { audience: "other.apps.googleusercontent.com" } },
        400,
        "GOOGLE_TOKEN_REJECTED",
      ],
      "a client that Google does not know": [
        {
          faults: [{
            endpoint: "token",
            kind: "answer",
            status: 401,
            body: { error: "invalid_client" },
            times: 1,
          }],
        },
        503,
        "GOOGLE_NOT_CONFIGURED",
      ],
    };
    const normal = structuredClone(app.google.switches);
    for (const [what, [switches, status, code]] of Object.entries(failures)) {
      const started = await start(visitor, {});
      const back = await returnOf(started);
      Object.assign(app.google.switches, switches);
      const refusal = await refusalOf(await goTo(visitor, back, JSON_PLEASE));
      Object.assign(app.google.switches, structuredClone(normal));
      assert.deepEqual([refusal.status, refusal.code], [status, code], what);
      const { failure, credential, ...flow } = await readFlow(visitor, started.flow.id, {});
      assert.deepEqual([flow.status, failure?.code, failure?.actionRequired, credential], [
        "FAILED",
        code,
        CONSENT_AGAIN,
        null,
      ], what);
      assert.equal((await refusalOf(await goTo(visitor, back, JSON_PLEASE))).code, "INVALID_STATE", what);
    }
    const { data } = await post(visitor, "{ credentials { nodes { id } } }");
    assert.deepEqual(data?.["credentials"], { nodes: [] });
  },
);

onPglite(
  "Google's error parameter maps to an error, and unknown values are not repeated",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const errors: Record<string, [status: number, code: string]> = {
      access_denied: [403, "AUTHORIZATION_DENIED"],
      server_error: [502, "PROVIDER_UNAVAILABLE"],
      temporarily_unavailable: [502, "PROVIDER_UNAVAILABLE"],
      invalid_scope: [503, "GOOGLE_NOT_CONFIGURED"],
      "<script>alert(1)</script>": [503, "GOOGLE_NOT_CONFIGURED"],
    };
    for (const [error, [status, code]] of Object.entries(errors)) {
      for (const wants of ["html", "json"]) {
        const started = await start(visitor, {});
        const back = new URL(started.flow.redirectUri);
        const state = new URL(started.authorizationUrl).searchParams.get("state") ?? "";
        // No server sends both; then the error counts.
        back.search = `${new URLSearchParams({ state, error, code: "4/0abc" })}`;
        const response = await goTo(visitor, back, wants === "json" ? JSON_PLEASE : {});
        assert.equal(response.status, status, error);
        const text = await response.text();
        assert.ok(!text.includes("<script>"), text);
        assert.ok(!text.includes(state), "the response contains the state");
        if (wants === "json") assert.equal(JSON.parse(text).error.code, code);
        else {
          assert.match(text, /Google is not connected/);
          const canTry =
            /<a href="http:\/\/127\.0\.0\.1:4000\/connect\/google\?scope=[^"]+">Connect Google<\/a>/;
          assert.match(text, canTry);
        }
        const { failure } = await readFlow(visitor, started.flow.id, {});
        assert.equal(failure?.code, code);
      }
    }
    assert.equal(app.google.calls.exchanges, 0);
  },
);

onPglite(
  "a missing code does not consume the state; a used code or one for another redirect is rejected",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const used = await returnOf(await start(visitor, {}));
    const without = new URL(used);
    without.searchParams.delete("code");
    assert.equal((await refusalOf(await goTo(visitor, without, JSON_PLEASE))).code, "INVALID_INPUT");
    const page = await goTo(visitor, without);
    assert.equal(page.status, 400);
    assert.match(
      await page.text(),
      /code is missing[^]*<a href="[^"]+\/connect\/google">Connect Google<\/a>/,
    );
    assert.equal((await goTo(visitor, used)).status, 200);

    const code = used.searchParams.get("code") ?? "";
    const elsewhere = await newPerson(app);
    const sent = { token: elsewhere.accessToken };
    const cli = await start(app, sent, { mode: "CLI", redirectUri: "http://127.0.0.1:9/" });
    const foreign = (await returnOf(cli)).searchParams.get("code") ?? "";
    for (const wrong of [code, foreign, "4/0made-up", "x".repeat(4_000)]) {
      const started = await start(visitor, {});
      const back = new URL(started.flow.redirectUri);
      const state = new URL(started.authorizationUrl).searchParams.get("state") ?? "";
      back.search = `${new URLSearchParams({ state, code: wrong })}`;
      const refusal = await refusalOf(await goTo(visitor, back, JSON_PLEASE));
      assert.deepEqual([refusal.status, refusal.code], [400, "REAUTHORIZATION_REQUIRED"]);
      assert.equal((await readFlow(visitor, started.flow.id, {})).failure?.actionRequired, CONSENT_AGAIN);
    }
  },
);

onEachDatabase(
  "R31: a grant without a refresh token, with fewer scopes, or for a year is stored as granted",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const connect = async (decision: Parameters<typeof returnOf>[1], input: Record<string, unknown> = {}) => {
      const started = await start(visitor, {}, input);
      const response = await goTo(visitor, await returnOf(started, decision));
      assert.equal(response.status, 200, await response.text());
      const flow = await readFlow(visitor, started.flow.id, {});
      assert.equal(flow.status, "SUCCEEDED");
      return { ...flow, received: flow.steps.find(({ name }) => name === "tokens_received") };
    };
    app.google.switches.refreshTokens = "never";
    const ada = { email: "ada@example.com" };
    const bare = await connect(ada);
    assert.equal(bare.credential?.hasRefreshToken, false);
    assert.equal(bare.received?.message, "Google granted access, without a refresh token");
    app.google.switches.refreshTokens = "as_google";
    const full = await connect(ada);
    assert.equal(
      full.credential?.id,
      bare.credential?.id,
      "the same account replaces the stored credential",
    );
    assert.equal(full.credential.hasRefreshToken, true);
    app.google.switches.refreshTokens = "never";
    const later = await connect(ada);
    assert.deepEqual(
      [later.credential?.id, later.credential?.hasRefreshToken],
      [full.credential.id, true],
      "the stored refresh token is kept",
    );

    const less = await connect({ email: "ben@example.com", scopes: ["openid", "email"] }, {
      scopes: [DRIVE],
    });
    assert.notEqual(less.credential?.id, full.credential.id);
    assert.ok(!less.credential?.scopes.includes(DRIVE));
    assert.ok(less.scopes.includes(DRIVE), "the flow has the requested scopes");
    assert.deepEqual(less.received?.data["missing"], [DRIVE]);

    app.google.switches.tokenAnswer = { expires_in: 365 * 24 * 3_600 };
    const year = await connect({ email: "cyd@example.com" });
    const seconds = (Date.parse(year.credential?.expiresAt ?? "") - app.clock.now().getTime()) / 1000;
    assert.ok(Math.abs(seconds - 365 * 24 * 3_600) < 60, `${seconds}`);
  },
);
