import assert from "node:assert/strict";
import { invalidGrant, serverError } from "../../src/emulators/google/switches.ts";
import { refusedForGood, refusedForNow } from "../../src/emulators/mail/switches.ts";
import { from, mailedToken, requestReset, resetPassword, setDisabled } from "../support/callers.ts";
import { codeFor, guest, requestCode, verifyCode, wrongCode } from "../support/codes.ts";
import { newPostgres } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { type GoogleApp, newConnected, refreshNow } from "../support/google_credentials.ts";
import { signInWithGoogle } from "../support/google_sign_in.ts";
import { startFlow } from "../support/modal_flows.ts";
import { mutate, newPerson, PASSWORD, refresh, signIn } from "../support/people.ts";
import { newProvenPerson, transition } from "../support/states.ts";
import { startTmux } from "../support/tmux.ts";
import { listen } from "../support/wire.ts";

/** Causes a fault of a new user through the API. Returns the user's name in the terminal. */
type Fault = (app: GoogleApp) => Promise<string>;

const elsewhere = (app: GoogleApp) => from(app, "203.0.113.7");

async function mailBecomes(app: GoogleApp, to: string, status: string): Promise<void> {
  await eventually(`the mail to ${to} is ${status}`, async () => {
    const mail = await app.services.db.selectFrom("mails").select("status").where("to_address", "=", to)
      .orderBy("id", "desc").executeTakeFirst();
    return mail?.status === status;
  });
}

const FAULTS: Record<string, Fault> = {
  ACCOUNT_DISABLED: async (app) => {
    const { id, username } = await newPerson(app);
    await setDisabled(app, await app.operatorToken("OPERATE"), id, true);
    await signIn(app, username);
    return username;
  },
  WRONG_PASSWORD: async (app) => {
    const { username } = await newPerson(app);
    await signIn(elsewhere(app), username, "wrong password");
    return username;
  },
  LIMIT_REACHED: async (app) => {
    const { username } = await newPerson(app);
    for (let count = 0; count < 11; count++) await signIn(elsewhere(app), username, "wrong password");
    return username;
  },
  WRONG_CODE: async (app) => {
    const { email } = await newProvenPerson(app);
    app.clock.advance(61);
    const { id, code } = await codeFor(app, email);
    await verifyCode(app, id, wrongCode(code));
    return email;
  },
  CODE_USED_UP: async (app) => {
    const { email } = await newProvenPerson(app);
    app.clock.advance(61);
    const { id, code } = await codeFor(app, email);
    for (let count = 0; count < 5; count++) await verifyCode(app, id, wrongCode(code));
    return email;
  },
  LINK_USED: async (app) => {
    const { email } = await newProvenPerson(app);
    await requestReset(app, email);
    const token = await mailedToken(app, email);
    await resetPassword(elsewhere(app), token, PASSWORD);
    await resetPassword(app, token, PASSWORD);
    return email;
  },
  MAIL_REFUSED: async (app) => {
    const { email } = await newProvenPerson(app);
    app.clock.advance(61);
    app.inbox.switches.faults = [refusedForGood(1)];
    await requestCode(app, email);
    await mailBecomes(app, email, "DEAD");
    return email;
  },
  MAIL_RETRYING: async (app) => {
    const { email } = await newProvenPerson(app);
    app.clock.advance(61);
    app.inbox.switches.faults = [refusedForNow(1)];
    await requestCode(app, email);
    await mailBecomes(app, email, "RETRYING");
    return email;
  },
  SESSION_ENDED: async (app) => {
    const { id, username } = await newPerson(app);
    const token = await app.operatorToken("OPERATE");
    await mutate(app, `mutation { revokeUserSessions(userId: "${id}") { __typename } }`, { token });
    return username;
  },
  REFRESH_TOKEN_REUSED: async (app) => {
    const { username, refreshToken } = await newPerson(app);
    const { tokens } = await refresh(app, refreshToken);
    await refresh(app, tokens.refreshToken);
    app.clock.advance(60);
    assert.equal((await refresh(elsewhere(app), refreshToken)).code, "REFRESH_TOKEN_REUSED");
    return username;
  },
  GUEST_NEEDS_ACCOUNT: async (app) => {
    const { user, tokens } = await guest(app);
    await mutate(app, "mutation { startModalTokenFlow { __typename } }", { token: tokens.accessToken });
    return user.name;
  },
  REQUIREMENTS_NOT_MET: async (app) => {
    const { username, accessToken } = await newPerson(app);
    await transition(app, accessToken, "PAYMENT");
    return username;
  },
  GOOGLE_LINK_NEEDS_PROOF: async (app) => {
    const { email } = await newProvenPerson(app);
    await signInWithGoogle(app, { email, hd: null });
    return email;
  },
  CREDENTIAL_NEEDS_AUTHORIZATION: async (app) => {
    const { person, credential } = await newConnected(app, { email: "grace@gmail.test" });
    app.google.switches.faults = [invalidGrant(1)];
    await refreshNow(app.client(person.accessToken), credential.id);
    return person.username;
  },
  PROVIDER_UNREACHABLE: async (app) => {
    const { person, credential } = await newConnected(app);
    app.google.switches.faults = [serverError("token", 1)];
    await refreshNow(app.client(person.accessToken), credential.id);
    return person.username;
  },
  MODAL_WAITING: async (app) => {
    const { username, accessToken } = await newPerson(app);
    await startFlow(app.client(accessToken), { wait: false });
    return username;
  },
};

Deno.test(
  "in a real terminal, two keys lead from any screen to the cause of each of sixteen faults",
  { sanitizeOps: false, sanitizeResources: false },
  async () => {
    await using database = await newPostgres();
    await using app = await startGoogleApp({
      database,
      sweepsAlone: true,
      mailPauseSeconds: 600,
      env: { STATE_REQUIREMENTS: "PAYMENT=verified_email" },
    });
    await using server = listen(app);
    await using tmux = await startTmux({
      SALLYPORT_URL: new URL("/", server.url).href,
      SALLYPORT_TOKEN: await app.operatorToken(),
    });
    await tmux.type("deno task tui", "Enter");
    await tmux.shows("Sallyport", "● live");
    for (const [code, plant] of Object.entries(FAULTS)) {
      const name = await plant(app);
      await app.services.refusals.written();
      app.inbox.switches.faults = [];
      app.google.switches.faults = [];
      await tmux.type("3");
      await tmux.shows("Users (", name);
      await tmux.type("w");
      await tmux.shows("Why  user usr_", `1. ${code}`);
    }
  },
);
