import assert from "node:assert/strict";
import { serverError } from "../../../src/emulators/google/switches.ts";
import { onEachDatabase } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import { goTo, newVisitor, returnOf, start } from "../../support/google_flows.ts";
import { captureLogs, dump, leaks } from "../../support/secrets.ts";
import { post } from "../../support/wire.ts";

onEachDatabase(
  "R32: no state, code, verifier or token appears in logs, events, responses or the database",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startGoogleApp({ database });
    const visitor = await newVisitor(app);
    const secrets: string[] = [];
    const pages: string[] = [];
    const seen = async (response: Response) => void pages.push(await response.text());
    for (const how of ["granted", "denied", "failed", "used", "open"]) {
      const started = await start(visitor, {}, {
        resume: `secret-resume-of-${how}`,
        returnTo: `/secret-return-${how}`,
      });
      const { searchParams } = new URL(started.authorizationUrl);
      secrets.push(searchParams.get("state") ?? "", `secret-resume-of-${how}`, `secret-return-${how}`);
      if (how === "open") continue;
      const back = await returnOf(started, how === "denied" ? { deny: true } : undefined);
      const code = back.searchParams.get("code");
      if (code) secrets.push(code);
      if (how === "failed") app.google.switches.faults = [serverError("token", 1)];
      await seen(await goTo(visitor, back));
      if (how === "used") await seen(await goTo(visitor, back));
    }
    secrets.push(...app.google.secrets(), /sallyport-google=([^;]+)/.exec(visitor.cookie() ?? "")?.[1] ?? "");
    assert.ok(secrets.every((secret) => secret.length > 12) && secrets.length > 20, `${secrets.length}`);
    const token = await app.operatorToken("READ");
    const EVERYTHING =
      `{ events(last: 200) { nodes { type data } } credentials { nodes { id label lastFailure } }
    flows { nodes { id status steps { message data } failure { message } ... on GoogleAuthorizationFlow { authorizationUrl resume redirectUri } } } }`;
    const answer = (await post(app, EVERYTHING, { token })).text;
    const places = { logs: logs.text(), answer, database: await dump(app.services) };
    for (const [place, text] of Object.entries(places)) assert.deepEqual(leaks(text, secrets), [], place);
    // The link to try again contains the caller's own returnTo.
    const theirs = ["secret-return-denied", "secret-return-failed"];
    assert.deepEqual(leaks(pages.join("\n"), secrets).sort(), theirs);
  },
);
