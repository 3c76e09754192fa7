import assert from "node:assert/strict";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import type { GoogleEmulator } from "../../src/emulators/google/google_emulator.ts";
import { SYSTEM } from "../../src/events/events.ts";
import { storeGoogleGrant } from "../../src/providers/google/credential/google_credential.ts";
import { Secret } from "../../src/lib/secret.ts";
import { inTransaction } from "../../src/events/transaction.ts";
import { type Credential, findCredential } from "../../src/vault/vault.ts";
import type { TestApp } from "./app.ts";
import { newPerson, type Person, signedIn } from "./people.ts";

export type GoogleApp = TestApp & { google: GoogleEmulator };

export const CALENDAR = "https://www.googleapis.com/auth/calendar";
export const DRIVE = "https://www.googleapis.com/auth/drive";

export type Connection = {
  email?: string;
  scopes?: readonly string[];
  lifeSeconds?: number;
  /** Leaves out the refresh token, as Google does after a repeated consent. */
  withoutRefreshToken?: boolean;
};

/** Stores the tokens of a grant as an authorization does. */
export async function connectGoogle(
  app: GoogleApp,
  ownerId: string | null,
  { email = "ada@gmail.test", scopes = ["openid", "email", CALENDAR], ...more }: Connection = {},
): Promise<Credential & { refreshToken: string; accessToken: string }> {
  const { sub: subject } = app.google.account({ email });
  const { accessToken, refreshToken } = await app.google.grant(email, scopes);
  const lifeSeconds = more.lifeSeconds ?? 3599;
  const credential = await inTransaction(app.services, (tx) =>
    storeGoogleGrant(tx, SYSTEM, {
      ownerId,
      account: { subject, email },
      tokens: {
        accessToken: new Secret(accessToken),
        ...(!more.withoutRefreshToken && { refreshToken: new Secret(refreshToken) }),
        expiresAt: new Date(app.clock.now().getTime() + lifeSeconds * 1000),
        scopes: [...scopes],
      },
      scopes,
    }));
  return { ...credential, accessToken, refreshToken };
}

/** Creates a user who has connected Google. */
export async function newConnected(app: GoogleApp, connection?: Connection) {
  const person = await newPerson(app);
  return { person, credential: await connectGoogle(app, person.id, connection) };
}

/** Returns a client with a new session of the user, valid after the clock was moved. */
export async function clientOf(app: GoogleApp, person: Person): Promise<Client> {
  return app.client((await signedIn(app, person.username)).accessToken);
}

const Access = graphql(`
  mutation Access($scopes: [String!]) {
    googleAccess(scopes: $scopes) {
      __typename
      ... on GoogleAccess { accessToken expiresAt scopes }
      ... on AuthError { code message actionRequired authorizationUrl retryAfterSeconds }
    }
  }
`);

const RefreshNow = graphql(`
  mutation RefreshNow($id: ID!) {
    refreshCredential(id: $id) {
      __typename
      ... on CredentialChanged { credential { id health lastRefreshedAt } }
      ... on AuthError { code message actionRequired authorizationUrl retryAfterSeconds }
    }
  }
`);

const Import = graphql(`
  mutation ImportGoogle($input: ImportGoogleCredentialInput!) {
    importGoogleCredential(input: $input) {
      __typename
      ... on CredentialChanged { credential { id health label scopes expiresAt hasRefreshToken owner { id } } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

const Status = graphql(`
  query GoogleStatus {
    googleAuthStatus {
      configured authenticated tokenValid expiresAt expiresInHours needsReauth authorizationUrl
    }
  }
`);

const State = graphql(`
  query GoogleState($id: ID!) {
    credential(id: $id) {
      health valid expired needsRefresh hasRefreshToken scopes expiresAt lastRefreshedAt lastFailure authorizationUrl
    }
  }
`);

export async function access(client: Client, scopes?: string[]) {
  return (await client.request(Access, { scopes: scopes ?? null })).googleAccess;
}

/** The access token of the answer. Fails if access is refused. */
export async function accessToken(client: Client, scopes?: string[]): Promise<string> {
  const answer = await access(client, scopes);
  assert(answer.__typename === "GoogleAccess", JSON.stringify(answer));
  return answer.accessToken;
}

export async function refreshNow(client: Client, id: string) {
  return (await client.request(RefreshNow, { id })).refreshCredential;
}

export async function importGoogle(
  client: Client,
  input: { refreshToken: string; clientId?: string; scopes?: string[] },
) {
  return (await client.request(Import, { input })).importGoogleCredential;
}

/** The state of the caller's Google connection. */
export async function googleStatus(client: Client) {
  return (await client.request(Status, {})).googleAuthStatus;
}

export async function stateOf(client: Client, id: string) {
  const { credential } = await client.request(State, { id });
  assert(credential, "there is no such credential");
  return credential;
}

/** The stored credential. */
export async function storedOf(app: TestApp, id: string): Promise<Credential> {
  const credential = await findCredential(app.services.db, id);
  assert(credential);
  return credential;
}
