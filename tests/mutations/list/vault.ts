import type { Mutation } from "../mutation.ts";

export const VAULT: readonly Mutation[] = [
  {
    name: "a sealed credential opens for another owner",
    file: "src/vault/envelope.ts",
    before: "[context.credentialId, context.ownerId, context.provider, rootKeyId]",
    after: "[context.credentialId, context.provider, rootKeyId]",
    suites: ["vault/vault_sealing"],
  },
  {
    name: "the role OPERATE reveals a secret",
    file: "src/vault/reveal.ts",
    before: 'lockCredentialFor(tx, caller, id, "REVEAL")',
    after: 'lockCredentialFor(tx, caller, id, "OPERATE")',
    suites: ["vault/vault."],
  },
  {
    name: "a secret is revealed long after the sign-in",
    file: "src/vault/reveal.ts",
    before: 'if (caller.kind === "user") await services.requireFreshProof(tx, caller, "show this secret");',
    after: "",
    suites: ["vault/vault.", "accounts/caller"],
  },
  {
    name: "a revoked credential keeps its secret",
    file: "src/vault/vault.ts",
    before: "envelope: undefined,",
    after: "",
    suites: ["vault/vault."],
  },
  {
    name: "a user reads the credential of another",
    file: "src/vault/vault.ts",
    before: '!credential || !mayAct(caller, "READ", credential.ownerId)',
    after: "!credential",
    suites: ["accounts/caller"],
  },
  {
    name: "an old refresh overwrites a newer grant",
    file: "src/vault/refresh.ts",
    before: "if (credential.claimedUntil?.getTime() !== claimed.claimedUntil?.getTime()) return credential;",
    after: "",
    suites: ["vault/vault_refresh"],
  },
  {
    name: "any number of refreshes run at a time",
    file: "src/vault/refresh.ts",
    before: "const MOST_AT_ONCE = 20;",
    after: "const MOST_AT_ONCE = 20_000;",
    suites: ["vault/"],
  },
  {
    name: "a token that ends in a second is given out",
    file: "src/vault/use.ts",
    before: "const LEAST_SECONDS_LEFT = 60;",
    after: "const LEAST_SECONDS_LEFT = 0;",
    suites: ["providers/google/google_access"],
  },
  {
    name: "an outage of the provider looks like an expired token",
    file: "src/vault/health.ts",
    before: 'known.refreshFailures > 0 ? "UNKNOWN" : "EXPIRED"',
    after: '"EXPIRED"',
    suites: ["vault/vault_health"],
  },
  {
    name: "a change of the root secret reaches the first batch alone",
    file: "src/vault/reseal.ts",
    before: "more = batch.length === BATCH;",
    after: "more = false;",
    suites: ["vault/vault_sealing"],
  },
];
