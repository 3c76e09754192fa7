import assert from "node:assert/strict";
import { expireFlows } from "../../../src/flows/expire_flows.ts";
import { onEachDatabase, onPglite, onPostgres } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import { goTo, newVisitor, readFlow, returnOf, start } from "../../support/google_flows.ts";
import { post } from "../../support/wire.ts";

onEachDatabase("resume is kept across failed flows and shown only to its owner", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const operator = { token: await app.operatorToken() };
  const doing = { upload: "file-1", pages: [1, 2] };
  const resumeOf = async (id: string) => (await readFlow(visitor, id, {})).resume;
  const begin = async (input: Record<string, unknown> = {}) => (await start(visitor, {}, input));

  const failed = await begin({ resume: doing });
  assert.deepEqual(await resumeOf(failed.flow.id), doing);
  assert.equal(
    (await readFlow(app, failed.flow.id, operator)).resume,
    null,
    "operators do not see resume",
  );
  assert.equal((await readFlow(app, failed.flow.id, operator)).authorizationUrl, null);
  const again = await begin();
  assert.deepEqual(await resumeOf(again.flow.id), doing, "the earlier flow is still open, so both keep it");
  await post(visitor, "mutation ($id: ID!) { cancelFlow(id: $id) { __typename } }", {
    variables: { id: again.flow.id },
  });
  assert.equal(await resumeOf((await begin()).flow.id), null, "a cancelled flow passes nothing on");

  const denied = await begin({ resume: doing });
  await goTo(visitor, await returnOf(denied, { deny: true }));
  assert.equal((await readFlow(visitor, denied.flow.id, {})).status, "FAILED");
  assert.deepEqual(await resumeOf(denied.flow.id), doing, "the failed flow keeps it");
  const next = await begin();
  assert.deepEqual(await resumeOf(next.flow.id), doing, "the next flow inherits it");
  app.clock.advance(601);
  assert.deepEqual(
    await resumeOf((await begin()).flow.id),
    doing,
    "an expired flow passes it on, swept or not",
  );
  app.clock.advance(601);
  await expireFlows(app.services);
  const own = await begin({ resume: "mine" });
  assert.equal(await resumeOf(own.flow.id), "mine");
  await goTo(visitor, await returnOf(own));
  const { status, resume } = await readFlow(visitor, own.flow.id, {});
  assert.deepEqual([status, resume], ["SUCCEEDED", "mine"]);
  assert.equal(await resumeOf((await begin()).flow.id), null, "it was already returned");
  const otherVisitor = await newVisitor(app);
  assert.equal((await readFlow(otherVisitor, (await start(otherVisitor, {})).flow.id, {})).resume, null);
});

onEachDatabase(
  "of several open flows any may finish, and resume is returned once",
  async (database) => {
    await using app = await startGoogleApp({ database });
    for (const finished of [0, 1, 2]) {
      const visitor = await newVisitor(app);
      const resumesOf = (flows: { flow: { id: string } }[]) =>
        Promise.all(flows.map(async ({ flow }) => (await readFlow(visitor, flow.id, {})).resume));
      const denied = await start(visitor, {}, { resume: "kept" });
      await goTo(visitor, await returnOf(denied, { deny: true }));
      const own = await start(visitor, {}, { resume: "another tab's" });
      await goTo(visitor, await returnOf(own, { deny: true }));
      const pressed = [
        await start(visitor, {}, { resume: "kept" }),
        await start(visitor, {}),
        await start(visitor, {}),
      ];
      assert.deepEqual(await resumesOf(pressed), ["kept", "kept", "kept"]);
      assert.equal((await goTo(visitor, await returnOf(pressed[finished]!))).status, 200);
      const given = pressed.map((_, index) => index === finished ? "kept" : null);
      assert.deepEqual(await resumesOf(pressed), given);
      assert.deepEqual(
        await resumesOf([denied, own]),
        ["kept", "another tab's"],
        "the resume of other flows stays",
      );
      assert.deepEqual(await resumesOf([await start(visitor, {})]), [null], "later flows do not inherit it");
    }
  },
);

onPostgres("of two parallel returns, only one gets the resume", async (database) => {
  await using app = await startGoogleApp({ database });
  const visitor = await newVisitor(app);
  const pressed = [await start(visitor, {}, { resume: "kept" }), await start(visitor, {})];
  const backs = await Promise.all(pressed.map((started) => returnOf(started)));
  const answers = await Promise.all(backs.map(async (back) => (await goTo(visitor, back)).status));
  assert.deepEqual(answers, [200, 200]);
  const kept = await Promise.all(
    pressed.map(async ({ flow }) => (await readFlow(visitor, flow.id, {})).resume),
  );
  assert.deepEqual(kept.filter((resume) => resume !== null), ["kept"]);
});

onPglite(
  "a resume that cannot be opened reads as null and does not prevent a new flow",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const denied = await start(visitor, {}, { resume: "kept" });
    await goTo(visitor, await returnOf(denied, { deny: true }));
    assert.equal((await readFlow(visitor, denied.flow.id, {})).resume, "kept");
    // Sealed under a root secret that is no longer configured.
    await app.services.db.updateTable("google_authorizations").set({ resume: "gone.AAAA" }).execute();
    const again = await start(visitor, {});
    for (const { flow } of [denied, again]) {
      assert.equal((await readFlow(visitor, flow.id, {})).resume, null);
    }
  },
);
