import assert from "node:assert/strict";
import { dropped, invalidGrant, serverError } from "../../../src/emulators/google/switches.ts";
import { onEachDatabase } from "../../support/databases.ts";
import { startGoogleApp } from "../../support/google.ts";
import {
  accessToken,
  clientOf,
  connectGoogle,
  importGoogle,
  newConnected,
  refreshNow,
} from "../../support/google_credentials.ts";
import { revoke } from "../../support/credentials.ts";
import { captureLogs, dump, leaks } from "../../support/secrets.ts";

onEachDatabase(
  "R32: no Google token appears in logs, events, responses or the database",
  async (database) => {
    await using logs = await captureLogs();
    await using app = await startGoogleApp({ database });
    const answers: unknown[] = [];
    const { person, credential } = await newConnected(app);
    const client = await clientOf(app, person);
    const given = await accessToken(client);
    answers.push(await refreshNow(client, credential.id));
    const { refreshToken } = await app.google.grant("other@gmail.test", ["openid", "email"]);
    answers.push(await importGoogle(client, { refreshToken, clientId: "other" }));
    for (const fault of [serverError("token", 1), dropped("token", 1, true), invalidGrant(1)]) {
      app.google.switches.faults = [fault];
      answers.push(await importGoogle(client, { refreshToken }));
      const { id } = await connectGoogle(app, person.id, { email: `${crypto.randomUUID()}@gmail.test` });
      app.google.switches.faults = [{ ...fault, times: 1 }];
      answers.push(await refreshNow(client, id));
      app.google.switches.faults = [serverError("revocation", 1)];
      answers.push(await revoke(client, id));
    }
    answers.push(await importGoogle(client, { refreshToken }), await revoke(client, credential.id));
    await app.services.eventLog.settled();
    const secrets = app.google.secrets();
    assert(secrets.length > 10);
    const places = {
      logs: logs.text(),
      answers: JSON.stringify(answers),
      metrics: await app.services.metrics.text(),
      database: await dump(app.services),
    };
    for (const [place, text] of Object.entries(places)) assert.deepEqual(leaks(text, secrets), [], place);
    assert.deepEqual(leaks(given, secrets), [given], "the search itself works");
  },
);
