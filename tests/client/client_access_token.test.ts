import assert from "node:assert/strict";
import { CannotReachServer } from "../../src/client/sallyport.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import { times } from "../support/eventually.ts";
import { openStorage, signedInClient } from "../support/sallyport_client.ts";
import { typesOf } from "../support/sessions.ts";

const refreshesOf = async (app: TestApp, userId: string) =>
  (await typesOf(app, userId)).filter((type) => type.startsWith("session.refresh"));

onPglite(
  "accessToken(refused) renews a token that another service refused, once for concurrent calls",
  async (database) => {
    await using app = await startApp({ database });
    const { client, user } = await signedInClient(app);
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

onPglite(
  "a public query with an expired token renews it first, so that it still knows the user",
  async (database) => {
    await using app = await startApp({ database });
    const { storage, expire } = openStorage();
    let isAway = false;
    const fetch = (request: Request) =>
      isAway ? Promise.reject(new TypeError("network")) : app.fetch(request);
    const { client, user } = await signedInClient(app, { storage, fetch });
    const viewer = async () =>
      (await client.request<{ viewer: { id: string } | null }>("{ viewer { id } }")).viewer;
    app.clock.advance(16 * 60);
    expire();
    const answers = await times(5, viewer);
    assert.deepEqual(answers, Array(5).fill({ id: user.id }));
    assert.equal((await refreshesOf(app, user.id)).length, 1);
    isAway = true;
    expire();
    await assert.rejects(
      viewer(),
      CannotReachServer,
      "without a renewal, the query does not run anonymously",
    );
    isAway = false;
    assert.deepEqual(await viewer(), { id: user.id });
    client.close();
  },
);
