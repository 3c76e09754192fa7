import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import type { TestApp } from "./app.ts";
import { type Behaviour, coseKey, SoftwareAuthenticator } from "./authenticator.ts";
import { type FactorFacts, OUTCOME, type SecondFactorAnswer } from "./factors.ts";
import { mutate, newName } from "./people.ts";
import type { Sent } from "./wire.ts";

type App = Pick<TestApp, "fetch">;

/** Where the passkeys of a test's server are: it has no `PUBLIC_URL`, and listens at 127.0.0.1. */
export const ORIGIN = "http://localhost:4000";

export function newAuthenticator(behaviour: Partial<Behaviour> = {}): SoftwareAuthenticator {
  return new SoftwareAuthenticator(behaviour);
}

const ERROR = "... on AuthError { code message actionRequired retryAfterSeconds }";

export type Ceremony<Options> = { id: string; options: Options; expiresAt: string };

const CEREMONY = `__typename ... on PasskeyCeremony { id options expiresAt } ${ERROR}`;

export function startRegistration(app: App, sent: Sent = {}, username?: string) {
  return mutate<Ceremony<PublicKeyCredentialCreationOptionsJSON>>(
    app,
    `mutation ($username: String) { startPasskeyRegistration(username: $username) { ${CEREMONY} } }`,
    { ...sent, variables: { username } },
  );
}

export function startPasskeySignIn(app: App, sent: Sent = {}) {
  return mutate<Ceremony<PublicKeyCredentialRequestOptionsJSON>>(
    app,
    `mutation { startPasskeySignIn { ${CEREMONY} } }`,
    sent,
  );
}

export type PasskeyFacts = FactorFacts & { backedUp: boolean | null };

export type FinishInput = { ceremonyId: string; response: unknown; name?: string };

export function finishRegistration(app: App, token: string, input: FinishInput) {
  return mutate<{ factor: PasskeyFacts; recoveryCodes: string[] | null }>(
    app,
    `mutation ($input: FinishPasskeyInput!) { finishPasskeyRegistration(input: $input) { __typename
      ... on FactorAdded { factor { id kind name createdAt lastUsedAt remaining backedUp } recoveryCodes }
      ${ERROR} } }`,
    { token, variables: { input } },
  );
}

export type PasskeyInput = { ceremonyId: string; response: unknown; username?: string; transport?: string };

export function registerWithPasskey(app: App, input: PasskeyInput, sent: Sent = {}) {
  return mutate<SecondFactorAnswer>(
    app,
    `mutation ($input: RegisterWithPasskeyInput!) { registerWithPasskey(input: $input) { ${OUTCOME} } }`,
    { ...sent, variables: { input } },
  );
}

export function signInWithPasskey(app: App, input: PasskeyInput, sent: Sent = {}) {
  return mutate<SecondFactorAnswer>(
    app,
    `mutation ($input: SignInWithPasskeyInput!) { signInWithPasskey(input: $input) { ${OUTCOME} } }`,
    { ...sent, variables: { input } },
  );
}

/** Adds a passkey of the authenticator to the caller's account. */
export async function addPasskey(
  app: App,
  token: string,
  authenticator: SoftwareAuthenticator,
  name?: string,
) {
  const { id, options } = await startRegistration(app, { token });
  const response = authenticator.create(options, ORIGIN);
  const added = await finishRegistration(app, token, { ceremonyId: id, response, ...(name && { name }) });
  assert.equal(added.__typename, "FactorAdded", JSON.stringify(added));
  return added;
}

/** Creates an account with a passkey of the authenticator. */
export async function signUpWithPasskey(
  app: App,
  authenticator: SoftwareAuthenticator,
  username?: string,
  sent: Sent = {},
): Promise<SecondFactorAnswer> {
  const { id, options } = await startRegistration(app, sent, username);
  const answer = await registerWithPasskey(
    app,
    { ceremonyId: id, response: authenticator.create(options, ORIGIN) },
    sent,
  );
  assert.equal(answer.__typename, "SignedIn", JSON.stringify(answer));
  return answer;
}

/** Signs in with the newest passkey of the authenticator. */
export async function usePasskey(app: App, authenticator: SoftwareAuthenticator, sent: Sent = {}) {
  const { id, options } = await startPasskeySignIn(app);
  return await signInWithPasskey(app, { ceremonyId: id, response: authenticator.get(options, ORIGIN) }, sent);
}

/** The options for a passkey in the flow of a second factor. */
export async function passkeyOptions(
  app: App,
  flowId: string,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { passkeyOptions } = await mutate<{ passkeyOptions: PublicKeyCredentialRequestOptionsJSON }>(
    app,
    "query ($id: ID!) { flow(id: $id) { ... on SecondFactorFlow { passkeyOptions } } }",
    { variables: { id: flowId } },
  );
  return passkeyOptions;
}

/** Registers a passkey at another system that has this host, and returns it as that system exports it. */
export function exported(authenticator: SoftwareAuthenticator, handle = `user ${newName()}`) {
  const { id } = authenticator.create({
    rp: { id: "localhost", name: "Before" },
    user: { id: Buffer.from(handle).toString("base64url"), name: handle, displayName: handle },
    challenge: "AAAA",
    pubKeyCredParams: [{ type: "public-key", alg: -7 }],
  }, ORIGIN);
  const credential = authenticator.credentials.at(-1) ?? assert.fail();
  assert.equal(credential.id, id);
  return {
    credentialId: id,
    publicKey: Buffer.from(coseKey(credential.keys.publicKey)).toString("base64url"),
    counter: credential.counter,
    userHandle: credential.userHandle,
  };
}
