import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { startApp, type TestApp } from "../support/app.ts";
import { read } from "../support/crafted_tokens.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { fencesOf } from "../support/markdown.ts";
import { newPerson, refresh, viewerOf } from "../support/people.ts";
import { setRoles, viewersRoles } from "../support/roles.ts";
import { newProvenPerson } from "../support/states.ts";
import { cookieOf } from "../support/token_kinds.ts";
import { listen } from "../support/wire.ts";

const HASURA = "https://hasura.io/jwt/claims";

const TEMPLATE = {
  [HASURA]: {
    "x-hasura-default-role": "user",
    "x-hasura-allowed-roles": ["user", "{{user.roles}}"],
    "x-hasura-user-id": "{{user.id}}",
    "x-hasura-user-email": "{{ user.email }}",
  },
  scope: "{{user.roles}}",
};

const env = { ACCESS_TOKEN_CLAIMS: JSON.stringify(TEMPLATE) };

/** Verifies a token with the published keys, as a gateway does, and returns its claims. */
async function gateway(app: TestApp, token: string): Promise<Record<string, unknown>> {
  await using server = listen(app);
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", server.url));
  const checks = { issuer: "urn:sallyport", audience: "urn:sallyport", typ: "at+jwt" };
  return (await jwtVerify(token, keys, checks)).payload;
}

onEachDatabase("each access token has the configured claims of its user", async (database) => {
  await using app = await startApp({ database, env });
  const ada = await newProvenPerson(app);
  const hasura = {
    "x-hasura-default-role": "user",
    "x-hasura-allowed-roles": ["user"],
    "x-hasura-user-id": ada.id,
    "x-hasura-user-email": ada.email,
  };
  const first = await gateway(app, ada.accessToken);
  assert.deepEqual([first[HASURA], first["scope"]], [hasura, undefined], "without roles there is no scope");

  await setRoles(app, await app.operatorToken("OPERATE"), ada.id, ["admin", "read:orders"]);
  const { tokens } = await refresh(app, ada.refreshToken);
  const second = await gateway(app, tokens.accessToken);
  assert.deepEqual(second[HASURA], { ...hasura, "x-hasura-allowed-roles": ["user", "admin", "read:orders"] });
  assert.equal(second["scope"], "admin read:orders");
  assert.deepEqual([second["sub"], second["client_id"]], [ada.id, "sallyport"]);
});

/** Returns the template of `ACCESS_TOKEN_CLAIMS` that the documentation shows for a gateway. */
function documented(claim: string): string {
  const page = Deno.readTextFileSync(new URL("../../docs/services.md", import.meta.url));
  return fencesOf(page).find(({ language, text }) => language === "json" && claim in JSON.parse(text))
    ?.text ??
    assert.fail(claim);
}

for (const ACCESS_TOKEN_ALGORITHM of ["EdDSA", "ES256"] as const) {
  onPglite(
    `Hasura's rules hold for the documented claims, with ${ACCESS_TOKEN_ALGORITHM}`,
    async (database) => {
      const env = { ACCESS_TOKEN_ALGORITHM, ACCESS_TOKEN_CLAIMS: documented(HASURA) };
      await using app = await startApp({ database, env });
      const ada = await newPerson(app);
      await setRoles(app, await app.operatorToken("OPERATE"), ada.id, ["editor"]);
      for (const token of [ada.accessToken, (await refresh(app, ada.refreshToken)).tokens.accessToken]) {
        assert.equal(read(token, 0)["alg"], ACCESS_TOKEN_ALGORITHM);
        const claims = (await gateway(app, token))[HASURA] as Record<string, unknown>;
        const { "x-hasura-default-role": role, "x-hasura-allowed-roles": roles, ...others } = claims;
        assert.ok(Array.isArray(roles) && roles.every((each) => typeof each === "string"));
        assert.ok(
          typeof role === "string" && roles.includes(role),
          "the default role must be an allowed one",
        );
        for (const [name, value] of Object.entries(others)) {
          assert.match(name, /^x-hasura-/);
          assert.equal(typeof value, "string", `${name}: other values must be strings`);
        }
        assert.equal(claims["x-hasura-user-id"], ada.id);
      }
    },
  );
}

onPglite("a router's `scope` is a list of words, as the documentation shows", async (database) => {
  await using app = await startApp({ database, env: { ACCESS_TOKEN_CLAIMS: documented("scope") } });
  const ada = await newPerson(app);
  assert.equal((await gateway(app, ada.accessToken))["scope"], "profile");
  await setRoles(app, await app.operatorToken("OPERATE"), ada.id, ["orders:read", "editor"]);
  const { tokens } = await refresh(app, ada.refreshToken);
  assert.equal((await gateway(app, tokens.accessToken))["scope"], "profile editor orders:read");
});

onPglite("an unverified address is in no claim", async (database) => {
  await using app = await startApp({ database, env });
  const ada = await newPerson(app);
  await app.services.db.updateTable("users").set({ email: "a@b.test", email_key: "a@b.test" })
    .where("id", "=", ada.id).execute();
  const { tokens } = await refresh(app, ada.refreshToken);
  const claims = (await gateway(app, tokens.accessToken))[HASURA] as object;
  assert.deepEqual(Object.keys(claims).length, 3);
  assert.ok(!("x-hasura-user-email" in claims));
});

onPglite("tokens of guests and cookies have no configured claims", async (database) => {
  await using app = await startApp({ database, env });
  const { tokens } = await guest(app);
  const claims = await gateway(app, tokens.accessToken);
  assert.deepEqual([claims["guest"], claims[HASURA], claims["client_id"]], [true, undefined, "sallyport"]);
  const cookie = await cookieOf(app, (await newPerson(app)).username);
  const inside = read(cookie.slice(cookie.indexOf("=") + 1), 1);
  for (const name of [HASURA, "client_id", "roles"]) assert.ok(!(name in inside), name);
});

onPglite("the longest token that a template allows is accepted", async (database) => {
  const PUBLIC_URL = `https://${"a".repeat(63)}.${"b".repeat(63)}.${"c".repeat(63)}.${"d".repeat(61)}`;
  const long = "x".repeat(255);
  const claims = { a: ["{{user.roles}}", "{{user.roles}}"], b: "y".repeat(630) };
  await using app = await startApp({
    database,
    env: {
      PUBLIC_URL,
      ACCESS_TOKEN_AUDIENCE: long,
      ACCESS_TOKEN_CLIENT_ID: long,
      ACCESS_TOKEN_CLAIMS: JSON.stringify(claims),
    },
  });
  const ada = await newPerson(app);
  const roles = Array.from({ length: 20 }, (_, index) => `r${index}`.padEnd(32, "x"));
  await setRoles(app, await app.operatorToken("OPERATE"), ada.id, roles);
  const { tokens: { accessToken } } = await refresh(app, ada.refreshToken);
  assert.ok(accessToken.length > 5_000, `${accessToken.length}`);
  assert.equal(await viewerOf(app, accessToken), ada.username);
  assert.equal((await viewersRoles(app, accessToken))?.length, 20);
});
