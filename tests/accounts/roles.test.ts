import assert from "node:assert/strict";
import { createVerifier } from "../../src/client/server/verifier.ts";
import { startApp } from "../support/app.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { within } from "../support/eventually.ts";
import { subscribe } from "../support/live.ts";
import { newPerson, refresh, signedIn } from "../support/people.ts";
import { rolesIn, setRoles, viewersRoles } from "../support/roles.ts";
import { listen, post } from "../support/wire.ts";

onEachDatabase("a change of roles reaches access tokens at the next refresh", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  assert.deepEqual(rolesIn(ada.accessToken), []);
  const { user } = await setRoles(app, operator, ada.id, ["editor", "admin", "editor"]);
  assert.deepEqual(user.roles, ["admin", "editor"], "sorted, without repeats");
  assert.deepEqual(await viewersRoles(app, ada.accessToken), ["admin", "editor"]);

  const { tokens } = await refresh(app, ada.refreshToken);
  assert.deepEqual(rolesIn(tokens.accessToken), ["admin", "editor"]);
  await setRoles(app, operator, ada.id, ["orders:read"]);
  const repeated = await refresh(app, ada.refreshToken);
  assert.equal(repeated.tokens.refreshToken, tokens.refreshToken, "a repeat");
  assert.deepEqual(rolesIn(repeated.tokens.accessToken), ["orders:read"]);
  assert.deepEqual(rolesIn((await signedIn(app, ada.username)).accessToken), ["orders:read"]);
  assert.deepEqual(rolesIn((await newPerson(app)).accessToken), [], "another user's");

  await setRoles(app, operator, ada.id, []);
  assert.deepEqual(rolesIn((await refresh(app, tokens.refreshToken)).tokens.accessToken), []);
});

onEachDatabase("authState sends a change of roles", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  const live = await subscribe(app.fetch, "subscription { authState { user { roles } } }", {
    token: ada.accessToken,
  });
  assert.deepEqual(await live.value(), { authState: { user: { roles: [] } } });
  await setRoles(app, operator, ada.id, ["admin"]);
  const told = await within("it tells the change", live.value());
  assert.deepEqual(told, { authState: { user: { roles: ["admin"] } } });
  await live.leave();
});

onPglite("each change of roles records one event, the same roles none", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const { user: { id } } = await guest(app);
  for (const roles of [["b", "a"], ["a", "b"], [], []]) await setRoles(app, operator, id, roles);
  await app.services.eventLog.settled();
  const { data } = await post(
    app,
    `query ($id: ID!) { events(userId: $id, types: ["user.roles_changed"]) { nodes { actor data } } }`,
    { token: operator, variables: { id } },
  );
  const { nodes } = data?.["events"] as { nodes: { actor: string; data: Record<string, unknown> }[] };
  assert.deepEqual(nodes.map(({ data }) => [data["from"], data["to"]]), [[[], ["a", "b"]], [["a", "b"], []]]);
  assert.match(nodes[0]?.actor ?? "", /^operator:operate-/);
});

onPglite("a role is a short name, and a user has a limited number of them", async (database) => {
  await using app = await startApp({ database });
  const operator = await app.operatorToken("OPERATE");
  const ada = await newPerson(app);
  const most = Array.from({ length: 20 }, (_, index) => `r${index}`.padEnd(32, "x"));
  assert.equal((await setRoles(app, operator, ada.id, most)).user.roles.length, 20);
  const { tokens } = await refresh(app, ada.refreshToken);
  assert.equal((await viewersRoles(app, tokens.accessToken))?.length, 20, "the longest token is accepted");
  const refused = [[...most, "more"], [""], ["a b"], ["1a"], ["-"], ["ä"], ["a\n"], ["a,b"], [
    "x".repeat(33),
  ]];
  for (const roles of refused) {
    assert.equal((await setRoles(app, operator, ada.id, roles)).code, "INVALID_INPUT", JSON.stringify(roles));
  }
  assert.equal((await viewersRoles(app, tokens.accessToken))?.length, 20);
  for (const id of ["usr_01jd0000000000000000000000", "x' or '1'='1"]) {
    assert.equal((await setRoles(app, operator, id, [])).__typename, "UserNotFoundError");
  }
});

onPglite("a service's verifier returns the roles", async (database) => {
  await using app = await startApp({ database });
  await using server = listen(app);
  const ada = await newPerson(app);
  await setRoles(app, await app.operatorToken("OPERATE"), ada.id, ["admin"]);
  const { tokens } = await refresh(app, ada.refreshToken);
  const jwksUrl = new URL("/.well-known/jwks.json", server.url);
  const { verify } = createVerifier({ issuer: "urn:sallyport", jwksUrl });
  assert.deepEqual((await verify(tokens.accessToken)).roles, ["admin"]);
});
