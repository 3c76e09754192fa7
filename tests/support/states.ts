import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import { codeFor, verifyCode } from "./codes.ts";
import type { TestApp } from "./app.ts";
import { mutate, type Tokens } from "./people.ts";
import { post } from "./wire.ts";

type App = { fetch: Fetch };

const RESULT = `{ __typename
  ... on StateChanged { authState { currentState stateMetadata allowedTransitions user { id state } session { id current } } }
  ... on AuthError { code message actionRequired }
  ... on RequirementsNotMetError { missing { name description satisfied } } }`;

export type StateAnswer = {
  authState: {
    currentState: string;
    stateMetadata: Record<string, Record<string, unknown>>;
    allowedTransitions: string[];
    user: { id: string; state: string };
    session: { id: string; current: boolean } | null;
  };
  message: string;
  actionRequired: string;
  missing: { name: string; description: string; satisfied: boolean }[];
};

/** Requests a transition to a state with this access token. */
export function transition(app: App, token: string | undefined, to: string) {
  return mutate<StateAnswer>(app, `mutation ($to: UserState!) { transitionState(to: $to) ${RESULT} }`, {
    token,
    variables: { to },
  });
}

/** Requests a transition of a user as an operator. */
export function transitionUser(app: App, token: string | undefined, userId: string, to: string) {
  const document =
    `mutation ($userId: ID!, $to: UserState!) { transitionUserState(userId: $userId, to: $to) ${RESULT} }`;
  return mutate<StateAnswer>(app, document, { token, variables: { userId, to } });
}

/** The resulting state of each answer, or its error code. */
export async function walk(app: App, token: string, ...states: string[]): Promise<string[]> {
  const path = [];
  for (const to of states) {
    const { code, authState } = await transition(app, token, to);
    path.push(code ?? authState.currentState);
  }
  return path;
}

/** The requirements of a state by name, and whether the caller meets them. */
export async function requirementsOf(app: App, state: string, token?: string) {
  const { data, text } = await post(
    app,
    `query ($state: UserState!) { stateRequirements(state: $state) {
      state satisfied requirements { name description satisfied } } }`,
    { token, variables: { state } },
  );
  assert.ok(data, text);
  const { satisfied, requirements } = data["stateRequirements"] as {
    satisfied: boolean;
    requirements: { name: string; satisfied: boolean }[];
  };
  return {
    satisfied,
    requirements: Object.fromEntries(requirements.map((each) => [each.name, each.satisfied])),
  };
}

/** A signed-in user with a verified address. */
export async function newProvenPerson(
  app: TestApp,
  email = `${crypto.randomUUID().slice(0, 8)}@example.test`,
): Promise<Tokens & { id: string; email: string; sessionId: string }> {
  const { id: flowId, code } = await codeFor(app, email);
  const { user, session, tokens } = await verifyCode(app, flowId, code);
  return { ...tokens, id: user.id, email, sessionId: session.id };
}

/** The state of the user with this token. */
export async function stateOf(app: App, token: string): Promise<string> {
  const { data, text } = await post(app, "{ authState { currentState } }", { token });
  assert.ok(data, text);
  return (data["authState"] as { currentState: string }).currentState;
}
