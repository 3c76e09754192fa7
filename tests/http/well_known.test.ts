import assert from "node:assert/strict";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { newPerson } from "../support/people.ts";
import { ENDPOINT, listen } from "../support/wire.ts";

const METADATA = "/.well-known/oauth-authorization-server";

const load = (app: TestApp, path: string) => app.fetch(new Request(new URL(path, ENDPOINT)));

onPglite("a gateway can verify a token with only the metadata", async (database) => {
  const PUBLIC_URL = "https://auth.test";
  await using app = await startApp({ database, env: { PUBLIC_URL } });
  await using server = listen(app);
  const ada = await newPerson(app);
  const response = await load(app, METADATA);
  assert.equal(response.status, 200);
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.equal(response.headers.get("access-control-allow-origin"), "*");
  const { issuer, jwks_uri, ...more } = await response.json();
  assert.equal(issuer, PUBLIC_URL);
  assert.equal(new URL(jwks_uri).origin, PUBLIC_URL);
  // No proxy serves the public URL here, so the test calls the server's own address.
  const keys = createRemoteJWKSet(new URL(new URL(jwks_uri).pathname, server.url));
  const { payload } = await jwtVerify(ada.accessToken, keys, { issuer, typ: "at+jwt" });
  assert.equal(payload.sub, ada.id);
  assert.deepEqual(more, {
    response_types_supported: [],
    response_modes_supported: [],
    grant_types_supported: [],
    token_endpoint_auth_methods_supported: [],
  });
});

onPglite("browsers learn which other sites may use the passkeys", async (database) => {
  const env = {
    PUBLIC_URL: "https://auth.example.com",
    ALLOWED_ORIGINS: "https://app.auth.example.com,https://other.test",
  };
  await using app = await startApp({ database, env });
  const response = await load(app, "/.well-known/webauthn");
  assert.match(response.headers.get("content-type") ?? "", /^application\/json/);
  assert.deepEqual(await response.json(), { origins: ["https://other.test"] });
});

onPglite("a server does not publish metadata that would be untrue", async (database) => {
  await using app = await startApp({ database });
  const paths = [
    METADATA,
    "/.well-known/openid-configuration",
    `${METADATA}/tenant`,
    "/.well-known/webauthn",
  ];
  const statuses = paths.map(async (path) => {
    const response = await load(app, path);
    await response.body?.cancel();
    return response.status;
  });
  assert.deepEqual(await Promise.all(statuses), [404, 404, 404, 404]);
});
