import assert from "node:assert/strict";
import { CannotReachServer } from "../../src/client/sallyport.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { openStorage, somebody } from "../support/sallyport_client.ts";
import { typesOf } from "../support/sessions.ts";

const refreshesOf = async (app: TestApp, userId: string) =>
  (await typesOf(app, userId)).filter((type) => type.startsWith("session.refresh"));

onPglite(
  "a token that a service of one's own has refused is renewed before its time, once",
  async (database) => {
    await using app = await startApp({ database });
    const { client, user } = await somebody(app);
    const refused = await client.accessToken();
    assert.equal(await client.accessToken(), refused);
    const [next, ...others] = await times(5, () => client.accessToken(refused));
    assert.notEqual(next, refused);
    assert.deepEqual(new Set([...others, await client.accessToken(refused)]), new Set([next]));
    assert.equal((await refreshesOf(app, user.id)).length, 1);
    await client.signOut();
    assert.equal(await client.accessToken(next), undefined);
    client.close();
  },
);

onPglite("who asks what everybody may is not taken for nobody when the token is over", async (database) => {
  await using app = await startApp({ database });
  const { storage, makeOver } = openStorage();
  let isAway = false;
  const fetch = (request: Request) => isAway ? Promise.reject(new TypeError("network")) : app.fetch(request);
  const { client, user } = await somebody(app, { storage, fetch });
  const viewer = async () =>
    (await client.request<{ viewer: { id: string } | null }>("{ viewer { id } }")).viewer;
  app.clock.advance(16 * 60);
  makeOver();
  const answers = await times(5, viewer);
  assert.deepEqual(answers, Array(5).fill({ id: user.id }));
  assert.equal((await refreshesOf(app, user.id)).length, 1);
  isAway = true;
  makeOver();
  await assert.rejects(viewer(), CannotReachServer, "nobody can tell who it is");
  isAway = false;
  assert.deepEqual(await viewer(), { id: user.id });
  client.close();
});
