import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { mailedToken, requestReset, resetPassword } from "../support/callers.ts";
import { onEachDatabase } from "../support/databases.ts";
import { PASSWORD } from "../support/people.ts";
import { newProvenPerson } from "../support/states.ts";

onEachDatabase(
  "a used link does not work on an instance of an older version whose clock is behind",
  async (database) => {
    await using app = await startApp({ database });
    const { email } = await newProvenPerson(app);
    await requestReset(app, email);
    await resetPassword(app, await mailedToken(app, email), PASSWORD);
    const behind = new Date(app.clock.now().getTime() - 5 * 60_000);
    const links = app.services.db.selectFrom("mailed_links").select("purpose");
    assert.equal((await links.execute()).length, 1);
    assert.deepEqual(await links.where("expires_at", ">", behind).execute(), []);
  },
);
