import assert from "node:assert/strict";
import { startApp } from "./support/app.ts";
import { onEachDatabase } from "./support/databases.ts";
import { newPerson, refresh, viewerOf } from "./support/people.ts";
import { post } from "./support/wire.ts";

onEachDatabase("who registers can sign in, be known by the token, and refresh it", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app, "Ada");
  assert.equal(await viewerOf(app, ada.accessToken), "Ada");
  const { data } = await post(
    app,
    "{ protectedData { message user } authState { currentState user { id } session { id current } } }",
    {
      token: ada.accessToken,
    },
  );
  assert.deepEqual(data?.["authState"], {
    currentState: "AUTH",
    user: { id: ada.id },
    session: { id: ada.sessionId, current: true },
  });
  const refreshed = await refresh(app, ada.refreshToken);
  assert.equal(refreshed.__typename, "SignedIn", JSON.stringify(refreshed));
  assert.notEqual(refreshed.tokens.refreshToken, ada.refreshToken);
  assert.equal(await viewerOf(app, refreshed.tokens.accessToken), "Ada");
});
