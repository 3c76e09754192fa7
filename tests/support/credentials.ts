import assert from "node:assert/strict";
import type { Client } from "../../src/client/operator/client.ts";
import { graphql } from "../../src/client/operator/graphql.ts";
import type { TestApp } from "./app.ts";

const ImportToken = graphql(`
  mutation ImportToken($tokenId: String!, $tokenSecret: String!) {
    importModalCredential(tokenId: $tokenId, tokenSecret: $tokenSecret) {
      __typename
      ... on ModalVerified { credential { id health label tokenId } info { username workspaceName } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

const VerifyToken = graphql(`
  mutation VerifyToken($id: ID!) {
    verifyModalCredential(id: $id) {
      __typename
      ... on ModalVerified { credential { id health } info { tokenId username workspaceName expiresAt } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

const Reveal = graphql(`
  mutation Reveal($id: ID!) {
    revealCredential(id: $id) {
      __typename
      ... on RevealedCredential { credential { id } secret }
      ... on AuthError { code message actionRequired }
    }
  }
`);

const Revoke = graphql(`
  mutation Revoke($id: ID!) {
    revokeCredential(id: $id) {
      __typename
      ... on CredentialChanged { credential { id health lastFailure valid } }
      ... on AuthError { code message actionRequired }
    }
  }
`);

const ReadCredential = graphql(`
  query ReadCredential($id: ID!) {
    credential(id: $id) { id health valid expired needsRefresh expiresAt tokenId authorizationUrl lastFailure lastCheckedAt }
  }
`);

const CredentialEvents = graphql(`
  query CredentialEvents { events(last: 100) { nodes { type actor credentialId data } } }
`);

export async function importToken(client: Client, token: { tokenId: string; tokenSecret: string }) {
  return (await client.request(ImportToken, token)).importModalCredential;
}

/** Imports a new valid token of the emulator. */
export async function newCredential(app: TestApp, client: Client, lifetimeSeconds?: number) {
  const { tokenId, tokenSecret } = app.modal.issueToken(lifetimeSeconds);
  const answer = await importToken(client, { tokenId, tokenSecret });
  assert(answer.__typename === "ModalVerified", answer.__typename);
  return { id: answer.credential.id, tokenId, tokenSecret };
}

export async function verify(client: Client, id: string) {
  return (await client.request(VerifyToken, { id })).verifyModalCredential;
}

export async function reveal(client: Client, id: string) {
  return (await client.request(Reveal, { id })).revealCredential;
}

export async function revoke(client: Client, id: string) {
  return (await client.request(Revoke, { id })).revokeCredential;
}

export async function readCredential(client: Client, id: string) {
  const { credential } = await client.request(ReadCredential, { id });
  assert(credential, "there is no such credential");
  return credential;
}

/** The credential's events so far, oldest first. */
export async function eventsOf(app: TestApp, client: Client, id: string) {
  await app.services.eventLog.settled();
  const { events } = await client.request(CredentialEvents, {});
  return events.nodes.filter((event) => event.credentialId === id);
}
