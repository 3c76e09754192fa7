import assert from "node:assert/strict";
import { onEachDatabase } from "../support/databases.ts";
import { addTotp, startTotp } from "../support/factors.ts";
import { startGoogleApp } from "../support/google.ts";
import { issueNonce, presentToken } from "../support/google_sign_in.ts";
import { guest, mailedCode, requestCode, verifyCode } from "../support/codes.ts";
import { PASSWORD, refresh, signIn } from "../support/people.ts";
import { captureLogs, dump, leaks } from "../support/secrets.ts";
import { everyKind, resetPassword, verifyEmail } from "../support/token_kinds.ts";
import { post } from "../support/wire.ts";

const NEXT_PASSWORD = "a horse of another colour";
const WRONG_PASSWORD = "a mule of no colour at all";

const EVERYTHING = `{ events(last: 200) { nodes { type actor data } }
  users(last: 50) { nodes { id email username stateMetadata } } allSessions(last: 50) { nodes { id ipAddress userAgent } }
  mails(last: 50) { nodes { to subject lastError } } serverHealth { checks { message } recentErrors { data } } }`;

onEachDatabase(
  "R32: no secret of a user is in a log, an event, a response or the database",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startGoogleApp({ database });
    const kinds = await everyKind(app);

    const { flow } = await requestCode(app, "eve@example.test");
    const code = await mailedCode(app, "eve@example.test");
    const wrongCode = String((Number(code) + 1) % 1_000_000).padStart(6, "0");
    await verifyCode(app, flow.id, wrongCode);
    const eve = await verifyCode(app, flow.id, code);
    const visitor = await guest(app);
    const { secret, recoveryCodes } = await addTotp(app, eve.tokens.accessToken);
    const enrolment = await startTotp(app, eve.tokens.accessToken);

    const nonce = await issueNonce(app);
    const withNonce = app.google.issueIdToken({ email: "eve@gmail.com" }, { nonce });
    const old = app.google.issueIdToken({ email: "eve@gmail.com" }, { times: { iat: -9_000, exp: -5_000 } });
    const google = await presentToken(app, withNonce, { nonce });
    for (const token of [withNonce, old, kinds["Google's ID token"] ?? ""]) await presentToken(app, token);

    await signIn(app, "eve@example.test", WRONG_PASSWORD);
    assert.equal(await resetPassword(app, kinds["reset link"] ?? "", NEXT_PASSWORD), "Done");
    assert.equal(await verifyEmail(app, kinds["verification link"] ?? ""), "Done");
    const renewed = await refresh(app, visitor.tokens.refreshToken);
    app.clock.advance(3_600);
    await refresh(app, visitor.tokens.refreshToken);
    await post(app, "{ viewer { id } }", { token: kinds["access"] ?? "" });

    const answers = await post(app, EVERYTHING, { token: kinds["operator"] ?? "" });
    assert.deepEqual(answers.errors, []);
    await app.services.eventLog.settled();
    const secrets = [
      ...Object.values(kinds),
      ...[eve, visitor, google].flatMap(({ tokens }) => [tokens.accessToken, tokens.refreshToken]),
      renewed.tokens.refreshToken,
      flow.id.split(".")[1] ?? "",
      secret,
      enrolment.secret,
      ...recoveryCodes,
      nonce,
      withNonce,
      old,
      PASSWORD,
      NEXT_PASSWORD,
      WRONG_PASSWORD,
    ];
    assert.ok(secrets.length >= 20 && secrets.every((secret) => secret.length >= 16), `${secrets.length}`);
    const places = {
      logs: logs.text(),
      answers: answers.text,
      metrics: await app.services.metrics.text(),
      database: await dump(app.services),
    };
    for (const [place, text] of Object.entries(places)) assert.deepEqual(leaks(text, secrets), [], place);
    // Six digits can be part of a number by chance, so only codes that stand alone count.
    for (const text of Object.values(places)) {
      assert.doesNotMatch(text, new RegExp(`(?<![0-9a-f.:-])(${code}|${wrongCode})(?![0-9a-f.:-])`));
    }
    assert.match(places.database, /google\.rejected/);
  },
);
