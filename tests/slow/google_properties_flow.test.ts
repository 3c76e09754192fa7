import assert from "node:assert/strict";
import fc from "fast-check";
import { newToken } from "../../src/lib/crypto.ts";
import { listenForReturn } from "../../src/client/operator/google_return.ts";
import { startGoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { USERINFO_PATH } from "../../src/emulators/google/routes.ts";
import { SCOPES } from "../../src/emulators/google/scopes.ts";
import { reveal } from "../support/credentials.ts";
import { newPostgres, onPglite } from "../support/databases.ts";
import { within } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { refreshNow } from "../support/google_credentials.ts";
import {
  complete,
  connectBy,
  goTo,
  JSON_PLEASE,
  type Mode,
  newVisitor,
  readFlow,
  refusalOf,
  returnOf,
  start,
  tryToStart,
} from "../support/google_flows.ts";
import { startGoogleServer } from "../support/google_server.ts";
import { newPerson } from "../support/people.ts";

const RUNS = { numRuns: 100 };

const CALLBACK = "http://127.0.0.1:4000/auth/google/callback";

/** Scope URLs as Google names them. */
const scopes = fc.uniqueArray(
  fc.stringMatching(/^[a-z][a-z0-9.]{0,30}$/).map((name) => `https://www.googleapis.com/auth/${name}`),
  { maxLength: 5 },
);

/** The scopes that the emulated Google knows. */
const KNOWN_SCOPES = [...SCOPES];

/** Redirect URIs of command-line listeners. */
const listeners = fc.tuple(
  fc.constantFrom("127.0.0.1", "[::1]"),
  fc.integer({ min: 1_024, max: 65_535 }),
  fc.stringMatching(/^[\w-]{0,20}$/),
).map(([host, port, path]) => `http://${host}:${port}/${path}`);

/** Values for `resume`: any JSON except null. */
const doing = fc.jsonValue({ maxDepth: 3 }).filter((value) => value !== null).map((value) =>
  JSON.parse(JSON.stringify(value)) as unknown
);

Deno.test("Property 1: Web Mode Never Uses Local Server", async () => {
  // Adapted: `run_local_server` means any further listener of the process. The web application is this server, and
  // Deno's permissions allow it only its own listener.
  await using database = await newPostgres();
  await using google = await startGoogleEmulator();
  await using server = await startGoogleServer(database.url, google, { listensOnce: true });
  assert.equal(server.mayListen, false);
  const visitor = await newVisitor(server);
  await fc.assert(
    fc.asyncProperty(fc.subarray(KNOWN_SCOPES), fc.boolean(), async (scopes, denies) => {
      const started = await start(visitor, {}, { scopes });
      assert.equal(started.flow.redirectUri, CALLBACK);
      const back = await returnOf(started, denies ? { deny: true } : undefined);
      assert.equal(`${back.origin}${back.pathname}`, CALLBACK, "the browser returns to this server");
      const response = await goTo(visitor, back);
      await response.body?.cancel();
      assert.equal(response.status, denies ? 403 : 200);
    }),
    RUNS,
  );
});

onPglite("Property 2: Authorization URL Generation", async (database) => {
  // Adapted: besides client, redirect, scope and a unique state, the URL has a PKCE challenge.
  await using app = await startGoogleApp({ database });
  const { accessToken: token } = await newPerson(app);
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(scopes, async (scopes) => {
      const { authorizationUrl } = await start(app, { token }, { scopes });
      const { origin, pathname, searchParams } = new URL(authorizationUrl);
      assert.equal(`${origin}${pathname}`, app.google.endpoints.authorization);
      assert.equal(searchParams.get("client_id"), app.google.client.clientId);
      assert.equal(searchParams.get("redirect_uri"), CALLBACK);
      assert.deepEqual(searchParams.get("scope")?.split(" "), ["openid", "email", ...scopes]);
      assert.equal(searchParams.get("code_challenge_method"), "S256");
      for (const name of ["state", "code_challenge"]) {
        const value = searchParams.get(name) ?? "";
        assert.ok(value.length >= 43 && !seen.has(value), name);
        seen.add(value);
      }
    }),
    RUNS,
  );
});

/** Parameters of requests that do not belong to the sign-in. */
const strays = fc.array(
  fc.record({ code: fc.string(), error: fc.string(), state: fc.string() }, { requiredKeys: [] }),
  { maxLength: 2 },
);

onPglite("Property 4: CLI Mode Backward Compatibility", async (database) => {
  // Adapted: the command-line process has the listener. The server redirects the browser only there, and exchanges the
  // code that the process passes on.
  await using app = await startGoogleApp({ database });
  const token = await app.operatorToken("REVEAL");
  await fc.assert(
    fc.asyncProperty(strays, fc.boolean(), async (strays, denies) => {
      await using listener = listenForReturn();
      const { redirectUri } = listener;
      const started = await start(app, { token }, { mode: "CLI", redirectUri });
      assert.equal(started.flow.redirectUri, redirectUri);
      const state = new URL(started.authorizationUrl).searchParams.get("state") ?? "";
      const returned = listener.returned(state);
      for (const stray of strays) {
        assert.equal(await statusOf(`${redirectUri}?${new URLSearchParams(stray)}`), 400);
      }
      const back = await returnOf(started, denies ? { deny: true } : undefined);
      assert.equal(`${back.origin}${back.pathname}`, redirectUri);
      assert.equal(await statusOf(back), 200, "the process answers the browser");
      const handed = await within("the process has the return", returned);
      const { flow, code } = await complete(app, { token }, { state, ...handed });
      if (denies) assert.equal(code, "AUTHORIZATION_DENIED");
      else assert.equal(flow.status, "SUCCEEDED");
    }),
    RUNS,
  );
});

async function statusOf(url: URL | string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

onPglite("Property 10: File Preservation on Auth Failure", async (database) => {
  // Adapted: the uploaded file is the caller's `resume`, which survives any number of failures.
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const ends = fc.constantFrom("denied", "failed", "expired");
  await fc.assert(
    fc.asyncProperty(doing, fc.array(ends, { minLength: 1, maxLength: 3 }), async (resume, failures) => {
      let started = await start(visitor, {}, { resume });
      for (const how of failures) {
        if (how === "expired") app.clock.advance(601);
        else {
          const back = await returnOf(started, how === "denied" ? { deny: true } : undefined);
          if (how === "failed") back.searchParams.set("code", "4/0wrong");
          await (await goTo(visitor, back)).body?.cancel();
        }
        assert.deepEqual((await readFlow(visitor, started.flow.id, {})).resume, resume);
        started = await start(visitor, {});
      }
      await (await goTo(visitor, await returnOf(started))).body?.cancel();
      const flow = await readFlow(visitor, started.flow.id, {});
      assert.equal(flow.status, "SUCCEEDED");
      assert.deepEqual(flow.resume, resume);
    }),
    RUNS,
  );
});

onPglite("Property 11: CSRF State Validation", async (database) => {
  // Adapted: a state is accepted once, in its own browser and session. Every other text is rejected.
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const other = await newVisitor(app);
  await start(other, {});
  const started = await start(visitor, {});
  const back = await returnOf(started);
  const state = back.searchParams.get("state") ?? "";
  const position = fc.nat(state.length - 1);
  const forged = fc.oneof(
    fc.string(),
    fc.constant(null),
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => newToken("spg", () => bytes).token),
    fc.tuple(position, fc.constantFrom(..."Az09-_.")).map(([at, character]) =>
      state.slice(0, at) + character + state.slice(at + 1)
    ),
    position.map((length) => state.slice(0, length)),
    fc.string({ minLength: 1 }).map((more) => state + more),
  ).filter((text) => text !== state);
  await fc.assert(
    fc.asyncProperty(forged, fc.boolean(), async (text, isElsewhere) => {
      const url = new URL(back);
      if (text === null) url.searchParams.delete("state");
      else url.searchParams.set("state", text);
      // The correct state is rejected in another browser, too.
      const refused = isElsewhere
        ? await goTo(other, back, JSON_PLEASE)
        : await goTo(visitor, url, JSON_PLEASE);
      assert.equal((await refusalOf(refused)).code, "INVALID_STATE");
    }),
    RUNS,
  );
  assert.equal(app.google.calls.exchanges, 0, "no code was exchanged");
  const passed = await goTo(visitor, back, JSON_PLEASE);
  assert.equal(passed.status, 200, await passed.text());
  assert.equal((await refusalOf(await goTo(visitor, back, JSON_PLEASE))).code, "INVALID_STATE");
});

onPglite("Property 12: Authorization Code Exchange", async (database) => {
  // Adapted: the tokens are sealed in the vault. Reveal returns both, and Google accepts both for the right account.
  const env = { LIMIT_GOOGLE_CONNECTIONS_PER_USER_HOUR: "1000" };
  await using app = await startGoogleApp({ database, env });
  const token = await app.operatorToken("REVEAL");
  const client = app.client(token);
  const revealed = async (id: string) => {
    const answer = await reveal(client, id);
    assert(answer.__typename === "RevealedCredential", JSON.stringify(answer));
    return answer.secret as Record<"accessToken" | "refreshToken" | "expiresAt", string>;
  };
  const emailAtGoogle = async (accessToken: string) => {
    const headers = { authorization: `Bearer ${accessToken}` };
    const response = await fetch(`${app.google.url}${USERINFO_PATH}`, { headers });
    return (await response.json() as { email?: string }).email;
  };
  const emails = fc.stringMatching(/^[a-z][a-z0-9]{0,12}$/).map((name) => `${name}@example.com`);
  await fc.assert(
    fc.asyncProperty(emails, fc.constantFrom<Mode>("WEB", "CLI"), async (email, mode) => {
      const { credential } = await connectBy(app, { token }, mode, { email });
      assert(credential);
      assert.equal(credential.label, email);
      const first = await revealed(credential.id);
      assert.equal(await emailAtGoogle(first.accessToken), email);
      assert.ok(Date.parse(first.expiresAt) > app.clock.now().getTime());
      // A token is refreshed at most every ten seconds.
      app.clock.advance(11);
      assert.equal((await refreshNow(client, credential.id)).__typename, "CredentialChanged");
      const second = await revealed(credential.id);
      assert.notEqual(second.accessToken, first.accessToken);
      assert.equal(await emailAtGoogle(second.accessToken), email);
    }),
    RUNS,
  );
});

onPglite("Property 14: Mode Detection Consistency", async (database) => {
  // Adapted: WEB returns to the server. The command-line process passes CLI and its own listener. Each mode rejects the
  // redirect URI of the other.
  await using app = await startGoogleApp({ database });
  const { accessToken: token } = await newPerson(app);
  const modes = fc.constantFrom(undefined, "WEB", "CLI");
  const ways = fc.oneof(fc.constant(undefined), fc.constant(CALLBACK), listeners, fc.webUrl());
  await fc.assert(
    fc.asyncProperty(modes, ways, async (mode, redirectUri) => {
      const input = { ...(mode && { mode }), ...(redirectUri !== undefined && { redirectUri }) };
      const answer = await tryToStart(app, input, { token });
      const href = redirectUri === undefined ? undefined : new URL(redirectUri).href;
      const isListener = href !== undefined && /^http:\/\/(127\.0\.0\.1|\[::1\]):\d+\//.test(href);
      const fits = mode === "CLI" ? isListener : href === undefined || href === CALLBACK;
      assert.equal(answer.code, fits ? undefined : "INVALID_INPUT", JSON.stringify(input));
      if (!fits) return;
      const flow = await readFlow(app, answer.flow.id, { token });
      assert.deepEqual([flow.mode, flow.redirectUri], [mode ?? "WEB", href ?? CALLBACK]);
    }),
    RUNS,
  );
});
