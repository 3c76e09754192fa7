import assert from "node:assert/strict";
import type { Fetch } from "../../src/http/router.ts";
import type { TestApp } from "./app.ts";
import { eventually } from "./eventually.ts";
import { resultOf, viewerOf } from "./people.ts";
import { post, type Sent } from "./wire.ts";

type App = { fetch: Fetch };

export type LoggedEvent = {
  type: string;
  actor: string;
  userId: string | null;
  sessionId: string | null;
  ipAddress: string | null;
  data: Record<string, unknown>;
};

/** The events about this user, oldest first, or only about one of their sessions. */
export async function eventsOf(app: TestApp, userId: string, sessionId?: string): Promise<LoggedEvent[]> {
  const token = await app.operatorToken("READ");
  await app.services.eventLog.settled();
  const { data, text } = await post(
    app,
    `query ($userId: ID) { events(last: 200, userId: $userId) {
      nodes { type actor userId sessionId ipAddress data } } }`,
    { token, variables: { userId } },
  );
  assert.ok(data, text);
  const { nodes } = data["events"] as { nodes: LoggedEvent[] };
  return sessionId ? nodes.filter((event) => event.sessionId === sessionId) : nodes;
}

export async function typesOf(app: TestApp, userId: string, sessionId?: string): Promise<string[]> {
  return (await eventsOf(app, userId, sessionId)).map(({ type }) => type);
}

export type SessionFacts = {
  id: string;
  current: boolean;
  transport: string;
  ipAddress: string | null;
  userAgent: string | null;
  createdAt: string;
  lastSeenAt: string;
  expiresAt: string;
};

const SESSION = "id current transport ipAddress userAgent createdAt lastSeenAt expiresAt";

/** The sessions in the caller's own view. */
export async function sessionsOf(app: App, token: string): Promise<SessionFacts[]> {
  const { data, text } = await post(app, `{ sessions { ${SESSION} } }`, { token });
  assert.ok(data, text);
  return data["sessions"] as SessionFacts[];
}

/** A user's sessions in the view of operators. */
export async function sessionsSeen(app: TestApp, userId: string): Promise<SessionFacts[]> {
  const token = await app.operatorToken("READ");
  const { data, text } = await post(
    app,
    `query ($userId: ID!) { userSessions(userId: $userId) { ${SESSION} } }`,
    { token, variables: { userId } },
  );
  assert.ok(data, text);
  return data["userSessions"] as SessionFacts[];
}

/** Sends a mutation that answers `Done`, and returns its type or code. */
export async function done(app: App, mutation: string, sent: Sent = {}) {
  const document = `mutation ${mutation.includes("$id") ? "($id: ID!) " : ""}{
    ${mutation} { __typename ... on Done { message } ... on AuthError { code message } } }`;
  const answer = await post(app, document, sent);
  return { ...resultOf<{ message: string }>(answer), headers: answer.headers };
}

export const signOut = (app: App, token: string) => done(app, "signOut", { token });

export const revoke = (app: App, token: string, id: string) =>
  done(app, "revokeSession(id: $id)", { token, variables: { id } });

/** Waits until the token is refused. */
export async function isRefused(app: App, token: string): Promise<void> {
  await eventually("the token is refused", async () => await viewerOf(app, token) === null);
}
