import assert from "node:assert/strict";
import { type ModalApi, ModalUnreachable } from "../../src/providers/modal/api/modal_api.ts";
import { recheckModalCredentials } from "../../src/providers/modal/credential/recheck_modal.ts";
import { startApp } from "../support/app.ts";
import { newCredential } from "../support/credentials.ts";
import { onEachDatabase } from "../support/databases.ts";
import { storedOf } from "../support/google_credentials.ts";
import { newPerson } from "../support/people.ts";

/** A few more than one query returns. */
const CREDENTIALS = 105;

onEachDatabase(
  "one credential that cannot be verified does not delay the others",
  async (database) => {
    await using app = await startApp({ database });
    const client = app.client((await newPerson(app)).accessToken);
    const made = [];
    for (let count = 0; count < CREDENTIALS; count++) made.push(await newCredential(app, client));
    const [first] = made;
    let calls = 0;
    const failsFor = (fails: (tokenId: string) => boolean): ModalApi => ({
      ...app.services.modal,
      hello(token) {
        calls++;
        if (!fails(token.tokenId)) return app.services.modal.hello(token);
        return Promise.reject(
          new ModalUnreachable("Cannot reach Modal", undefined, { actionRequired: "Wait" }),
        );
      },
    });
    const sweep = (fails: (tokenId: string) => boolean) => {
      calls = 0;
      return assert.rejects(
        recheckModalCredentials({ ...app.services, modal: failsFor(fails) }),
        ModalUnreachable,
      );
    };
    app.clock.advance(6 * 3_600);
    const swept = app.clock.now();
    await sweep((tokenId) => tokenId === first?.tokenId);
    assert.equal(calls, CREDENTIALS);
    const checked = await Promise.all(
      made.map(async ({ id }) => (await storedOf(app, id)).lastCheckedAt! >= swept),
    );
    assert.equal(checked.filter((each) => !each).length, 1, "all but one were verified");

    app.clock.advance(6 * 3_600);
    await sweep(() => true);
    assert.equal(calls, 100, "when all calls fail, the sweep stops early");
  },
);
