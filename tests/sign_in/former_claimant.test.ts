import assert from "node:assert/strict";
import type { TestApp } from "../support/app.ts";
import { from } from "../support/callers.ts";
import { codeFor, verifyCode } from "../support/codes.ts";
import { onEachDatabase } from "../support/databases.ts";
import { addTotp, renameFactor } from "../support/factors.ts";
import { startGoogleApp } from "../support/google.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { PASSWORD, register, signIn, type Tokens } from "../support/people.ts";
import { signOut } from "../support/sessions.ts";
import { mailedToken, verifyEmail } from "../support/token_kinds.ts";
import { post } from "../support/wire.ts";

const ADDRESS = "203.0.113.66";
const DEVICE = "Mallory's phone";
const FACTOR = "Mallory's authenticator";
const headers = { "user-agent": DEVICE };

/** Returns everything that a user can read about the account's past. */
async function pastOf(app: TestApp, { accessToken: token }: Pick<Tokens, "accessToken">): Promise<string> {
  await app.services.eventLog.settled();
  const { text } = await post(
    app,
    `{ events(last: 200) { nodes { type at actor ipAddress data userId sessionId } }
      viewer { username name email stateMetadata } sessions { ipAddress userAgent }
      flows { nodes { id steps { message data } } } credentials { nodes { id label } } }`,
    { token },
  );
  assert.match(text, /user\.registered/, "what happened is still told");
  return text;
}

function assertForgotten(past: string): void {
  for (const trace of [ADDRESS, DEVICE, FACTOR, "Mallory Was Here", "mallory@gmail.com"]) {
    assert.ok(!past.includes(trace), `${trace} in ${past}`);
  }
}

onEachDatabase(
  "a user who verifies an address by code does not see the former claimant's devices",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const there = { ...app, fetch: from(app, ADDRESS).fetch };
    const email = "victim@example.test";
    await register(there, { username: "claimant", email, password: PASSWORD }, { headers });
    await mailedToken(app, email);
    await signIn(there, "claimant", "a wrong password", { headers });
    const { tokens } = await signIn(there, "claimant", PASSWORD, { headers });
    const mallory = { email: "mallory@gmail.com", name: "Mallory Was Here" };
    await signInWithGoogle(there, mallory, { token: tokens.accessToken, headers });
    assert.match(await pastOf(app, tokens), new RegExp(ADDRESS), "their own, while it is theirs");
    // Some of the events have no position yet, and some do.
    const { factor } = await addTotp(app, tokens.accessToken);
    await renameFactor(there, tokens.accessToken, factor.id, FACTOR);
    await signOut(app, tokens.accessToken);
    await signIn(there, "claimant", "a wrong password", { headers });
    const { id, code } = await codeFor(app, email);
    assertForgotten(await pastOf(app, (await verifyCode(app, id, code)).tokens));
  },
);

onEachDatabase(
  "a user who verifies an address by link sees the claimant's devices only if signed in as the claimant",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const there = { ...app, fetch: from(app, ADDRESS).fetch };
    for (const isClaimant of [false, true]) {
      const username = isClaimant ? "self" : "other";
      const email = `${username}@example.test`;
      await register(there, { username, email, password: PASSWORD }, { headers });
      const link = await mailedToken(app, email);
      const { tokens } = await signIn(there, username, PASSWORD, { headers });
      const token = isClaimant ? tokens.accessToken : undefined;
      if (isClaimant) {
        const document = "mutation ($token: String!) { verifyEmail(token: $token) { __typename } }";
        await post(app, document, { token, variables: { token: link } });
      } else assert.equal(await verifyEmail(app, link), "Done");
      await signOut(app, tokens.accessToken);
      const { id, code } = await codeFor(app, email);
      const past = await pastOf(app, (await verifyCode(app, id, code)).tokens);
      if (isClaimant) assert.match(past, new RegExp(ADDRESS));
      else assertForgotten(past);
    }
  },
);
