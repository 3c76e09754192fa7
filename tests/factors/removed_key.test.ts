import assert from "node:assert/strict";
import { sql } from "kysely";
import { startApp, type TestApp } from "../support/app.ts";
import { onPglite } from "../support/databases.ts";
import {
  addTotp,
  challengeOf,
  confirmTotp,
  proveFactor,
  startStepUp,
  startTotp,
  totpAt,
} from "../support/factors.ts";
import { newPerson } from "../support/people.ts";

/** Makes the sealed values of a table look as if their root secret had been removed from the configuration. */
async function removeKey({ services: { db } }: TestApp, table: "flows" | "totp_enrolments"): Promise<void> {
  const { numAffectedRows } = await sql`update ${sql.table(table)}
    set sealed = 'removed.' || split_part(sealed, '.', 2) where sealed is not null`.execute(db);
  assert.ok(numAffectedRows);
}

onPglite(
  "a challenge from before the removal of its root secret is refused like an ended one",
  async (database) => {
    await using app = await startApp({ database });
    const { username, accessToken: token } = await newPerson(app);
    const { secret } = await addTotp(app, token);
    const { id } = await challengeOf(app, username);
    const { challenge: stepUp } = await startStepUp(app, token);
    await removeKey(app, "flows");
    const proof = { totp: totpAt(app, secret) };
    assert.equal((await proveFactor(app, id, proof)).code, "SECOND_FACTOR_REJECTED");
    assert.equal((await proveFactor(app, stepUp.id, proof, { token })).code, "SECOND_FACTOR_REJECTED");
    const again = await challengeOf(app, username);
    assert.equal(
      (await proveFactor(app, again.id, proof)).__typename,
      "SignedIn",
      "the code was not used up",
    );
  },
);

onPglite(
  "an enrolment from before the removal of its root secret is refused like an ended one",
  async (database) => {
    await using app = await startApp({ database });
    const { accessToken: token } = await newPerson(app);
    const { id, secret } = await startTotp(app, token);
    await removeKey(app, "totp_enrolments");
    assert.equal((await confirmTotp(app, token, id, totpAt(app, secret))).code, "SECOND_FACTOR_REJECTED");
    await addTotp(app, token);
  },
);
