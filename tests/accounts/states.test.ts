import assert from "node:assert/strict";
import { allowedTransitions, statesBefore, USER_STATES } from "../../src/accounts/states/states.ts";
import { startApp, type TestApp } from "../support/app.ts";
import { setDisabled } from "../support/callers.ts";
import { guest } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { newPerson, signedIn } from "../support/people.ts";
import { eventsOf, typesOf } from "../support/sessions.ts";
import { newProvenPerson, requirementsOf, transition, transitionUser, walk } from "../support/states.ts";

Deno.test("allowedTransitions and statesBefore agree", () => {
  for (const from of USER_STATES) {
    for (const to of USER_STATES) {
      assert.equal(allowedTransitions(from).includes(to), statesBefore(to).includes(from), `${from} ${to}`);
    }
  }
});

onEachDatabase("VISITOR → AUTH → PAYMENT and back, each step returned and recorded", async (database) => {
  await using app = await startApp({ database });
  const ada = await newProvenPerson(app);
  const before = app.clock.now();
  const { authState } = await transition(app, ada.accessToken, "PAYMENT");
  assert.equal(authState.currentState, "PAYMENT");
  assert.deepEqual(authState.allowedTransitions, ["AUTH"]);
  assert.deepEqual(authState.user, { id: ada.id, state: "PAYMENT" });
  assert.deepEqual(authState.session, { id: ada.sessionId, current: true });
  const { user, auth, transition: { at, ...fromTo } = {} } = authState.stateMetadata;
  assert.deepEqual(user, { authId: ada.id, email: ada.email, name: null, picture: null });
  assert.equal(auth?.["provider"], "email_code");
  assert.deepEqual(fromTo, { from: "AUTH", to: "PAYMENT" });
  assert.ok(new Date(String(at)) >= before && new Date(String(at)) <= app.clock.now());

  assert.deepEqual(await walk(app, ada.accessToken, "AUTH", "VISITOR", "AUTH"), ["AUTH", "VISITOR", "AUTH"]);
  const steps = (await eventsOf(app, ada.id)).filter(({ type }) => type === "state.changed");
  assert.deepEqual(steps.map(({ data, actor }) => ({ ...data, actor })), [
    { from: "VISITOR", to: "AUTH", actor: `user:${ada.id}` },
    { from: "AUTH", to: "PAYMENT", actor: `user:${ada.id}` },
    { from: "PAYMENT", to: "AUTH", actor: `user:${ada.id}` },
    { from: "AUTH", to: "VISITOR", actor: `user:${ada.id}` },
    { from: "VISITOR", to: "AUTH", actor: `user:${ada.id}` },
  ]);
});

/** The types of the user's events, without refusals: those are written a moment later. */
async function changesOf(app: TestApp, userId: string): Promise<string[]> {
  return (await typesOf(app, userId)).filter((type) => type !== "request.refused");
}

onEachDatabase("transitions that are not in the table are rejected, and change nothing", async (database) => {
  await using app = await startApp({ database });
  const ada = await newProvenPerson(app);
  const path = { VISITOR: ["VISITOR"], AUTH: [], PAYMENT: ["PAYMENT"] };
  for (const from of USER_STATES) {
    await walk(app, ada.accessToken, ...path[from]);
    const types = await changesOf(app, ada.id);
    for (const to of USER_STATES.filter((each) => !allowedTransitions(from).includes(each))) {
      const refused = await transition(app, ada.accessToken, to);
      assert.equal(refused.__typename, "TransitionNotAllowedError", `${from} → ${to}`);
      assert.equal(refused.code, "TRANSITION_NOT_ALLOWED");
      assert.match(refused.message, new RegExp(`^Cannot go to ${to}: from ${from} one can go to `));
      assert.ok(refused.actionRequired);
    }
    assert.deepEqual(await changesOf(app, ada.id), types);
    await walk(app, ada.accessToken, "AUTH");
  }
});

onEachDatabase("missing requirements are listed before a transition and in its error", async (database) => {
  await using app = await startApp({ database });
  const ada = await newPerson(app);
  const signedOut = await requirementsOf(app, "PAYMENT");
  assert.deepEqual(signedOut, {
    satisfied: false,
    requirements: { signed_in: false, not_a_guest: false, verified_email: false },
  });
  assert.deepEqual(await requirementsOf(app, "PAYMENT", await app.operatorToken("REVEAL")), signedOut);
  assert.deepEqual(await requirementsOf(app, "PAYMENT", ada.accessToken), {
    satisfied: false,
    requirements: { signed_in: true, not_a_guest: true, verified_email: false },
  });
  assert.deepEqual(await requirementsOf(app, "VISITOR"), { satisfied: true, requirements: {} });

  const refused = await transition(app, ada.accessToken, "PAYMENT");
  assert.equal(refused.__typename, "RequirementsNotMetError");
  assert.equal(refused.code, "REQUIREMENTS_NOT_MET");
  assert.equal(refused.message, "Cannot go to PAYMENT: it requires verified_email");
  assert.equal(refused.actionRequired, "Verify an e-mail address");
  assert.deepEqual(refused.missing, [
    { name: "verified_email", description: "Verify an e-mail address", satisfied: false },
  ]);
  assert.equal((await typesOf(app, ada.id)).filter((type) => type === "state.changed").length, 1);

  const proven = await newProvenPerson(app);
  assert.equal((await requirementsOf(app, "PAYMENT", proven.accessToken)).satisfied, true);
});

onEachDatabase("a guest stays a VISITOR, and the error says why", async (database) => {
  await using app = await startApp({ database });
  const { user, tokens } = await guest(app);
  const refused = await transition(app, tokens.accessToken, "AUTH");
  assert.deepEqual(refused.missing.map(({ name }) => name), ["not_a_guest"]);
  const operator = await app.operatorToken("OPERATE");
  assert.equal((await transitionUser(app, operator, user.id, "AUTH")).code, "REQUIREMENTS_NOT_MET");
  assert.equal((await transition(app, tokens.accessToken, "PAYMENT")).code, "TRANSITION_NOT_ALLOWED");
  assert.ok(!(await typesOf(app, user.id)).includes("state.changed"));
});

onEachDatabase(
  "signing in leads from VISITOR to AUTH, also after going back, and is recorded",
  async (database) => {
    await using app = await startApp({ database });
    const ada = await newPerson(app);
    const changes = async () => {
      const events = await eventsOf(app, ada.id);
      return events.filter(({ type }) => type === "state.changed")
        .map(({ data, actor }) => [data["from"], data["to"], actor]);
    };
    const first = ["VISITOR", "AUTH", `user:${ada.id}`];
    assert.deepEqual(await changes(), [first]);
    const second = await signedIn(app, ada.username);
    assert.deepEqual(await changes(), [first], "who is in AUTH already stays there");

    assert.deepEqual(await walk(app, second.accessToken, "VISITOR"), ["VISITOR"]);
    assert.deepEqual(await walk(app, ada.accessToken, "VISITOR"), ["TRANSITION_NOT_ALLOWED"]);
    await signedIn(app, ada.username);
    assert.deepEqual(await changes(), [first, ["AUTH", "VISITOR", `user:${ada.id}`], first]);
  },
);

onEachDatabase("requirements of AUTH also apply to signing in", async (database) => {
  await using app = await startApp({
    database,
    env: { STATE_REQUIREMENTS: "AUTH=verified_email; PAYMENT=" },
  });
  const ada = await newPerson(app);
  assert.ok(!(await typesOf(app, ada.id)).includes("state.changed"));
  const { missing } = await transition(app, ada.accessToken, "AUTH");
  assert.deepEqual(missing.map(({ name }) => name), ["verified_email"]);
  const proven = await newProvenPerson(app);
  assert.deepEqual(await walk(app, proven.accessToken, "PAYMENT"), ["PAYMENT"]);
});

onPglite("each requirement checks its own property of the user", async (database) => {
  await using app = await startApp({
    database,
    env: { STATE_REQUIREMENTS: "PAYMENT=username,password,verified_email" },
  });
  const [ada, proven, visitor] = [await newPerson(app), await newProvenPerson(app), await guest(app)];
  const met = async (token: string) => (await requirementsOf(app, "PAYMENT", token)).requirements;
  const signed_in = true;
  assert.deepEqual(await met(ada.accessToken), {
    signed_in,
    not_a_guest: true,
    username: true,
    password: true,
    verified_email: false,
  });
  assert.deepEqual(await met(proven.accessToken), {
    signed_in,
    not_a_guest: true,
    username: false,
    password: false,
    verified_email: true,
  });
  assert.deepEqual(await met(visitor.tokens.accessToken), {
    signed_in,
    not_a_guest: false,
    username: false,
    password: false,
    verified_email: false,
  });
  const { message, missing } = await transition(app, proven.accessToken, "PAYMENT");
  assert.deepEqual(missing.map(({ name }) => name), ["username", "password"]);
  assert.match(message, /it requires username, password$/);
});

onEachDatabase("an operator can move any user, by the same table and requirements", async (database) => {
  await using app = await startApp({ database });
  const [ada, proven] = [await newPerson(app), await newProvenPerson(app)];
  const operator = await app.operatorToken("OPERATE");
  const { authState } = await transitionUser(app, operator, proven.id, "PAYMENT");
  assert.deepEqual([authState.user, authState.session], [{ id: proven.id, state: "PAYMENT" }, null]);
  const [last] = (await eventsOf(app, proven.id)).slice(-1);
  assert.deepEqual([last?.type, last?.data["from"], last?.data["to"]], ["state.changed", "AUTH", "PAYMENT"]);
  assert.match(last?.actor ?? "", /^operator:/);

  assert.equal((await transitionUser(app, operator, proven.id, "VISITOR")).code, "TRANSITION_NOT_ALLOWED");
  assert.equal((await transitionUser(app, operator, ada.id, "PAYMENT")).code, "REQUIREMENTS_NOT_MET");
  for (const id of ["unknown", proven.sessionId, proven.id.replace(/.$/, "0")]) {
    assert.equal((await transitionUser(app, operator, id, "AUTH")).__typename, "UserNotFoundError", id);
  }
  assert.equal(
    (await transitionUser(app, await app.operatorToken("READ"), ada.id, "VISITOR")).code,
    "FORBIDDEN",
  );
  assert.equal((await transitionUser(app, proven.accessToken, ada.id, "VISITOR")).code, "FORBIDDEN");
  await setDisabled(app, operator, ada.id, true);
  const disabled = await transitionUser(app, operator, ada.id, "VISITOR");
  assert.equal(disabled.code, "TRANSITION_NOT_ALLOWED");
  assert.match(disabled.message, /the account is disabled/);
});
