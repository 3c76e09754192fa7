import assert from "node:assert/strict";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import type { TestApp } from "../support/app.ts";
import { codeFor, guest, type GuestAnswer } from "../support/codes.ts";
import { onEachDatabase, onPglite } from "../support/databases.ts";
import { startGoogleApp } from "../support/google.ts";
import { issueNonce } from "../support/google_sign_in.ts";
import { newName, PASSWORD, refresh } from "../support/people.ts";
import { revoke } from "../support/sessions.ts";
import { post } from "../support/wire.ts";

type App = TestApp & { google: GoogleEmulator };

/** The mutations that make a guest a user, each with an argument that works once. */
const UPGRADES: Record<string, (app: App) => Promise<string>> = {
  register: () =>
    Promise.resolve(
      `register(input: { username: "${newName()}", password: "${PASSWORD}" }) { ... on Registered { user { id } } }`,
    ),
  verifyEmailCode: async (app) => {
    const { id, code } = await codeFor(app, `${newName()}@example.test`);
    return `verifyEmailCode(input: { flowId: "${id}", code: "${code}" }) { ... on SignedIn { user { id } } }`;
  },
  signInWithGoogle: async (app) => {
    const nonce = await issueNonce(app);
    const token = app.google.issueIdToken({ email: `${newName()}@gmail.com` }, { nonce });
    return `signInWithGoogle(input: { token: "${token}", nonce: "${nonce}", transport: TOKENS }) {
      ... on SignedIn { user { id } } }`;
  },
};

async function expiredGuest(app: App): Promise<GuestAnswer> {
  const one = await guest(app);
  app.clock.advance(16 * 60);
  return one;
}

async function send(app: App, field: string, token: string) {
  const { data, errors } = await post(app, `mutation { result: ${field} }`, { token });
  const { code, reason } = (errors[0]?.extensions ?? {}) as { code?: string; reason?: string };
  return {
    userId: (data?.["result"] as { user?: { id: string } } | undefined)?.user?.id,
    ...(code !== undefined && { code, reason }),
  };
}

for (const [name, upgradeOf] of Object.entries(UPGRADES)) {
  onEachDatabase(
    `a guest's expired token: ${name} changes nothing, and after a refresh it keeps the account`,
    async (database) => {
      await using app = await startGoogleApp({ database });
      const { user, tokens } = await expiredGuest(app);
      const field = await upgradeOf(app);
      assert.deepEqual(await send(app, field, tokens.accessToken), {
        userId: undefined,
        code: "UNAUTHENTICATED",
        reason: "TOKEN_EXPIRED",
      });
      const renewed = (await refresh(app, tokens.refreshToken)).tokens.accessToken;
      assert.deepEqual(await send(app, field, renewed), { userId: user.id });
    },
  );
}

onEachDatabase("if the guest's session has ended, the expired token is ignored", async (database) => {
  await using app = await startGoogleApp({ database });
  for (const upgradeOf of Object.values(UPGRADES)) {
    const { user, session, tokens } = await guest(app);
    await revoke(app, tokens.accessToken, session.id);
    app.clock.advance(16 * 60);
    const { userId, ...refusal } = await send(app, await upgradeOf(app), tokens.accessToken);
    assert.deepEqual(refusal, {});
    assert.ok(userId !== undefined && userId !== user.id);
  }
});

onPglite("with a guest's expired token, all other sign-ins work", async (database) => {
  await using app = await startGoogleApp({ database });
  const { tokens } = await expiredGuest(app);
  const fields = ["signInAsGuest { ... on SignedIn { user { id } } }", "signOut { __typename }"];
  for (const field of fields) {
    assert.equal((await send(app, field, tokens.accessToken)).code, undefined, field);
  }
});
