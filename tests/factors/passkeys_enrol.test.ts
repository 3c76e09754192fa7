import assert from "node:assert/strict";
import { startApp } from "../support/app.ts";
import { counted, eventsAbout } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { addTotp, factorsOf, resetFactors } from "../support/factors.ts";
import {
  addPasskey,
  finishRegistration,
  newAuthenticator,
  ORIGIN,
  registerWithPasskey,
  signUpWithPasskey,
  startRegistration,
  usePasskey,
} from "../support/passkeys.ts";
import { newPerson, signedIn } from "../support/people.ts";
import { attestationObject } from "../support/authenticator.ts";
import { toBase64Url } from "../../src/lib/crypto.ts";
import { post } from "../support/wire.ts";

onEachDatabase(
  "a user adds passkeys with names, and the first comes with recovery codes",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const phone = newAuthenticator({ backupEligible: true, backedUp: true });
    const { factor, recoveryCodes } = await addPasskey(app, ada.accessToken, phone);
    assert.deepEqual([factor.kind, factor.name, factor.backedUp], ["PASSKEY", "Passkey", true]);
    assert.equal(recoveryCodes?.length, 10);
    const key = newAuthenticator();
    const second = await addPasskey(app, ada.accessToken, key);
    assert.deepEqual([second.factor.name, second.factor.backedUp], ["Passkey 2", false]);
    assert.equal(second.recoveryCodes, null);
    const third = await addPasskey(app, ada.accessToken, newAuthenticator(), "  Laptop ");
    assert.equal(third.factor.name, "Laptop");
    for (const authenticator of [phone, key]) {
      assert.equal((await usePasskey(app, authenticator)).user.id, ada.id);
    }
    const kinds = (await factorsOf(app, ada.accessToken)).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["PASSKEY", "RECOVERY_CODES", "PASSKEY", "PASSKEY"]);
    const types = (await eventsAbout(app, ada.id)).map(({ type }) => type);
    assert.equal(types.filter((type) => type === "factor.added").length, 3);
  },
);

onPglite("the session that adds a passkey has proven it", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await addPasskey(app, ada.accessToken, newAuthenticator());
  const { data } = await post(app, "{ sessions { assurance amr } }", { token: ada.accessToken });
  assert.deepEqual(data?.["sessions"], [{
    assurance: "PHISHING_RESISTANT",
    amr: ["pwd", "pop", "user", "mfa"],
  }]);
});

onPglite("the options exclude the user's passkeys and name the account", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const authenticator = newAuthenticator();
  await addPasskey(app, ada.accessToken, authenticator);
  const { options } = await startRegistration(app, { token: ada.accessToken }, "ignored");
  assert.equal(options.user.name, ada.username);
  assert.deepEqual(options.rp, { id: "localhost", name: "localhost" });
  assert.deepEqual(options.excludeCredentials?.map(({ id }) => id), [authenticator.credentials[0]?.id]);
  assert.throws(() => authenticator.create(options, ORIGIN), { name: "InvalidStateError" });
});

onPglite("adding a passkey needs a fresh proof of the strongest factor, and an account", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await addTotp(app, ada.accessToken);
  app.clock.advance(601);
  assert.equal((await startRegistration(app, { token: ada.accessToken })).code, "STEP_UP_REQUIRED");
  const visitor = await guest(app);
  const token = visitor.tokens.accessToken;
  const { id, options } = await startRegistration(app, { token });
  const response = newAuthenticator().create(options, ORIGIN);
  assert.equal(
    (await finishRegistration(app, token, { ceremonyId: id, response })).code,
    "SECOND_FACTOR_REJECTED",
  );
});

onPglite("a registration works only in the session that began it, for five minutes", async (database) => {
  await using app = await startApp({ database });
  const [ada, eve] = [await newPerson(app), await newPerson(app)];
  const other = await signedIn(app, ada.username);
  const { id, options } = await startRegistration(app, { token: ada.accessToken });
  const input = { ceremonyId: id, response: newAuthenticator().create(options, ORIGIN) };
  for (const { accessToken } of [eve, other]) {
    assert.equal((await finishRegistration(app, accessToken, input)).code, "SECOND_FACTOR_REJECTED");
  }
  assert.equal((await registerWithPasskey(app, input)).code, "SECOND_FACTOR_REJECTED");
  app.clock.advance(301);
  assert.equal((await finishRegistration(app, ada.accessToken, input)).code, "SECOND_FACTOR_REJECTED");
  assert.deepEqual(await factorsOf(app, ada.accessToken), []);
  assert.deepEqual(await factorsOf(app, eve.accessToken), []);
});

onPglite("after an operator's reset, a registration that was open cannot be finished", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await addTotp(app, ada.accessToken);
  const { id, options } = await startRegistration(app, { token: ada.accessToken });
  const response = newAuthenticator().create(options, ORIGIN);
  await resetFactors(app, await app.operatorToken(), ada.id);
  await assert.rejects(
    finishRegistration(app, ada.accessToken, { ceremonyId: id, response }),
    /UNAUTHENTICATED/,
  );
  const { accessToken } = await signedIn(app, ada.username);
  const later = await finishRegistration(app, accessToken, { ceremonyId: id, response });
  assert.equal(later.code, "SECOND_FACTOR_REJECTED");
});

onEachDatabase("of 20 parallel finishes of one registration, one succeeds", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { id, options } = await startRegistration(app, { token: ada.accessToken });
  // Different passkeys, because one that is known is refused anyway.
  const responses = Array.from({ length: 20 }, () => newAuthenticator().create(options, ORIGIN));
  const answers = await Promise.all(
    responses.map((response) => finishRegistration(app, ada.accessToken, { ceremonyId: id, response })),
  );
  assert.deepEqual(counted(answers), { FactorAdded: 1, SECOND_FACTOR_REJECTED: 19 });
  assert.equal((await factorsOf(app, ada.accessToken)).length, 2);
});

onEachDatabase("two devices add passkeys at once, and each signs in", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  await addPasskey(app, ada.accessToken, newAuthenticator());
  const devices = await Promise.all([ada, ada].map(async ({ accessToken }) => {
    const { id, options } = await startRegistration(app, { token: accessToken });
    const authenticator = newAuthenticator();
    return {
      accessToken,
      authenticator,
      input: { ceremonyId: id, response: authenticator.create(options, ORIGIN) },
    };
  }));
  const added = await Promise.all(
    devices.map(({ accessToken, input }) => finishRegistration(app, accessToken, input)),
  );
  assert.deepEqual(counted(added), { FactorAdded: 2 });
  assert.deepEqual(added.map(({ factor }) => factor.name).sort(), ["Passkey 2", "Passkey 3"]);
  for (const { authenticator } of devices) {
    assert.equal((await usePasskey(app, authenticator)).user.id, ada.id);
  }
});

onEachDatabase(
  "a credential belongs to one account: neither a user nor a new one can add it again",
  async (database) => {
    await using app = await startApp({ database });
    const authenticator = newAuthenticator();
    const { user } = await signUpWithPasskey(app, authenticator);
    const [known] = authenticator.credentials;
    assert.ok(known);
    const eve = await newPerson(app);
    const mine = await startRegistration(app, { token: eve.accessToken });
    const fresh = await startRegistration(app);
    const claim = (ceremony: typeof mine) => ({
      ceremonyId: ceremony.id,
      response: newAuthenticator().create(ceremony.options, ORIGIN, known.id),
    });
    assert.equal(
      (await finishRegistration(app, eve.accessToken, claim(mine))).code,
      "SECOND_FACTOR_REJECTED",
    );
    assert.equal((await registerWithPasskey(app, claim(fresh))).code, "SECOND_FACTOR_REJECTED");
    assert.deepEqual(await factorsOf(app, eve.accessToken), []);
    assert.equal((await usePasskey(app, authenticator)).user.id, user.id);
  },
);

onPglite("bad registrations are refused, and the right one still works", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { id, options } = await startRegistration(app, { token: ada.accessToken });
  const authenticator = newAuthenticator();
  const right = authenticator.create(options, ORIGIN);
  const withObject = (object: Uint8Array) => ({
    ...right,
    response: { ...right.response, attestationObject: toBase64Url(object) },
  });
  const another = await startRegistration(app, { token: ada.accessToken });
  const bad: Record<string, unknown> = {
    origin: newAuthenticator().create(options, "https://evil.test"),
    rpId: newAuthenticator().create({ ...options, rp: { id: "evil.test", name: "" } }, ORIGIN),
    challenge: newAuthenticator().create(another.options, ORIGIN),
    userVerification: newAuthenticator({ verifiesUser: false }).create(options, ORIGIN),
    backup: newAuthenticator({ backedUp: true }).create(options, ORIGIN),
    noAuthenticatorData: withObject(attestationObject("none", new Map(), new Uint8Array())),
    statement: withObject(attestationObject("none", new Map([["x5c", "AAAA"]]), new Uint8Array(200))),
    otherFormat: withObject(attestationObject("android-key", new Map(), new Uint8Array(200))),
    notCbor: withObject(new Uint8Array([255, 255, 255])),
    empty: {},
    list: [right],
    text: "right",
  };
  for (const [name, response] of Object.entries(bad)) {
    const answer = await finishRegistration(app, ada.accessToken, { ceremonyId: id, response });
    assert.equal(answer.code, "SECOND_FACTOR_REJECTED", name);
  }
  assert.deepEqual(await factorsOf(app, ada.accessToken), []);
  const added = await finishRegistration(app, ada.accessToken, { ceremonyId: id, response: right });
  assert.equal(added.__typename, "FactorAdded");
});

onPglite("a name is 1 to 64 printable characters; a bad one uses nothing up", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const { id, options } = await startRegistration(app, { token: ada.accessToken });
  const input = { ceremonyId: id, response: newAuthenticator().create(options, ORIGIN) };
  for (const name of ["", "  ", "x".repeat(65), "a\u0000b"]) {
    assert.equal((await finishRegistration(app, ada.accessToken, { ...input, name })).code, "INVALID_INPUT");
  }
  const added = await finishRegistration(app, ada.accessToken, { ...input, name: "🔑".repeat(64) });
  assert.equal(added.__typename, "FactorAdded");
});

onPglite("a user has ten factors at most", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const open = await startRegistration(app, { token: ada.accessToken });
  const response = newAuthenticator().create(open.options, ORIGIN);
  for (let count = 0; count < 10; count++) await addPasskey(app, ada.accessToken, newAuthenticator());
  assert.equal((await startRegistration(app, { token: ada.accessToken })).code, "INVALID_INPUT");
  const finished = await finishRegistration(app, ada.accessToken, { ceremonyId: open.id, response });
  assert.equal(finished.code, "INVALID_INPUT");
});
