import { readEvents } from "../../src/events/events.ts";
import { cheapHash } from "./cheap_hash.ts";
import assert from "node:assert/strict";
import { sql } from "kysely";
import type { ReceivedMail } from "../../src/emulators/mail/inbox.ts";
import type { Fetch } from "../../src/http/router.ts";
import type { PasswordHash } from "../../src/lib/password_hash.ts";
import type { TestApp } from "./app.ts";
import { within } from "./eventually.ts";
import { mutate } from "./people.ts";
import type { Sent } from "./wire.ts";

/** The app for a client at this address, through proxies that send this `X-Forwarded-For`, if given. */
export function from(app: { fetch: Fetch }, hostname: string, forwardedFor?: string): { fetch: Fetch } {
  return {
    fetch: (request) => {
      const sent = new Request(request);
      if (forwardedFor !== undefined) sent.headers.set("x-forwarded-for", forwardedFor);
      return app.fetch(sent, { remoteAddr: { transport: "tcp", hostname, port: 50_000 } });
    },
  };
}

/** The app as reached from this address and with this device. */
export function fromDevice<A extends { fetch: Fetch }>(app: A, hostname: string, userAgent: string): A {
  return {
    ...app,
    fetch: (request: Request) => {
      request.headers.set("user-agent", userAgent);
      return app.fetch(request, { remoteAddr: { transport: "tcp", hostname, port: 9 } });
    },
  };
}

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

export type DoneAnswer = { message: string; retryAfterSeconds?: number | null };

export function changePassword(app: { fetch: Fetch }, token: string, current: string, next: string) {
  const input = { currentPassword: current, newPassword: next };
  return mutate<DoneAnswer>(
    app,
    `mutation ($input: ChangePasswordInput!) {
      changePassword(input: $input) { __typename ... on Done { message } ${ERROR} } }`,
    { token, variables: { input } },
  );
}

export const REQUEST_RESET = `mutation ($email: String!) {
  requestPasswordReset(email: $email) { __typename ... on Done { message } ${ERROR} } }`;

export function requestReset(app: { fetch: Fetch }, email: string) {
  return mutate<DoneAnswer>(app, REQUEST_RESET, { variables: { email } });
}

export function resetPassword(app: { fetch: Fetch }, token: string, newPassword: string) {
  return mutate<DoneAnswer>(
    app,
    `mutation ($input: ResetPasswordInput!) {
      resetPassword(input: $input) { __typename ... on Done { message } ${ERROR} } }`,
    { variables: { input: { token, newPassword } } },
  );
}

export const REQUEST_VERIFICATION = `mutation ($email: String) {
  requestEmailVerification(email: $email) { __typename ... on Done { message } ${ERROR} } }`;

export function requestVerification(app: { fetch: Fetch }, email: string | undefined, sent: Sent = {}) {
  return mutate<DoneAnswer>(app, REQUEST_VERIFICATION, { ...sent, variables: { email } });
}

export function verifyEmail(app: { fetch: Fetch }, token: string) {
  return mutate<DoneAnswer>(
    app,
    `mutation ($token: String!) { verifyEmail(token: $token) { __typename ... on Done { message } ${ERROR} } }`,
    { variables: { token } },
  );
}

export function setDisabled(app: { fetch: Fetch }, token: string, userId: string, disabled: boolean) {
  return mutate(
    app,
    `mutation ($userId: ID!, $disabled: Boolean!) {
      setUserDisabled(userId: $userId, disabled: $disabled) { __typename ${ERROR} } }`,
    { token, variables: { userId, disabled } },
  );
}

/** Counts the answers by code, or by type if they have no code. */
export function counted(answers: readonly { __typename: string; code?: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { code, __typename } of answers) {
    counts[code ?? __typename] = (counts[code ?? __typename] ?? 0) + 1;
  }
  return counts;
}

/** A plain-text hash whose calls can be blocked or made to fail. */
export function heldHash() {
  const plain = cheapHash();
  const waiting: (() => void)[] = [];
  let [toHold, mostInFlight, broken] = [0, 0, false];
  const turn = async () => {
    if (toHold > 0) {
      toHold--;
      await new Promise<void>((resolve) => mostInFlight = Math.max(mostInFlight, waiting.push(resolve)));
    }
    if (broken) throw new Error("the hash is broken");
  };
  const passwordHash: PasswordHash = {
    hash: async (password) => {
      await turn();
      return await plain.hash(password);
    },
    verify: async (hash, password) => {
      await turn();
      return await plain.verify(hash, password);
    },
    isWeak: plain.isWeak,
  };
  return {
    passwordHash,
    /** Blocks the next calls: this number, or all. */
    hold: (count = Infinity) => void (toHold = count),
    /** Releases the blocked calls, and blocks no more. */
    release: () => {
      toHold = 0;
      for (const letOn of waiting.splice(0)) letOn();
    },
    breakDown: (isBroken: boolean) => void (broken = isBroken),
    inFlight: () => waiting.length,
    mostInFlight: () => mostInFlight,
  };
}

/** Waits for the next mail to this address. SMTP carries domains in lower case. */
export function nextMail(app: TestApp, address: string): Promise<ReceivedMail> {
  const to = address.replace(/@.*/, (domain) => domain.toLowerCase());
  return within(`a mail to ${to}`, app.inbox.next(to));
}

/** The token of the link in the next mail to this address. */
export async function mailedToken(app: TestApp, address: string): Promise<string> {
  const { text } = await nextMail(app, address);
  const token = /#token=(\S+)$/m.exec(text)?.[1];
  assert.ok(token, text);
  return token;
}

/** The stored hash of a user's password. */
export async function storedHash({ services: { db } }: TestApp, username: string): Promise<string | null> {
  const row = await db.selectFrom("users").select("password_hash").where("username", "=", username)
    .executeTakeFirstOrThrow();
  return row.password_hash;
}

export async function storeHash(
  { services: { db } }: TestApp,
  username: string,
  hash: string | null,
): Promise<void> {
  await db.updateTable("users").set({ password_hash: hash, version: sql`version + 1` })
    .where("username", "=", username).execute();
}

/** The events about this user, oldest first, with their types and data. */
export async function eventsAbout(app: TestApp, userId: string) {
  await app.services.eventLog.settled();
  const events = await readEvents(app.services.db, { limit: 1_000 }, { userId });
  return events.map(({ type, data }) => ({ type, data }));
}

/** The value of a Prometheus metric. */
export async function metric(app: TestApp, name: string): Promise<number> {
  const local = from(app, "127.0.0.1");
  const text = await (await local.fetch(new Request("http://127.0.0.1:4000/metrics"))).text();
  return Number(new RegExp(`^sallyport_${name} (\\d+)$`, "m").exec(text)?.[1]);
}
