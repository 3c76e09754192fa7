import { hasRole, originOf } from "../../src/operations/caller.ts";
import { type ImportOutcome, importUsers, MOST_IMPORTED } from "../../src/accounts/users/import_users.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";

const ImportTotpInput = builder.inputType("ImportTotpInput", {
  description: "An authenticator app: RFC 6238 with SHA-1, six digits and steps of 30 seconds.",
  fields: (t) => ({
    secret: t.string({ required: true, description: "The shared secret in base32, 10 to 64 bytes." }),
    name: t.string({ description: "1 to 64 characters. Defaults to `Authenticator app`." }),
  }),
});

const ImportPasskeyInput = builder.inputType("ImportPasskeyInput", {
  description:
    "A passkey (WebAuthn credential) for this server's host. Bytes are written in base64url or base64. It must verify its user at each sign-in.",
  fields: (t) => ({
    credentialId: t.string({ required: true, description: "1 to 1,023 bytes." }),
    publicKey: t.string({
      required: true,
      description: "The public key as a COSE_Key (RFC 9052), for ES256, EdDSA or RS256.",
    }),
    counter: t.float({
      required: true,
      description: "The last signature counter, an integer from 0 to 4294967295.",
    }),
    transports: t.stringList({ description: "As from `getTransports()`: `internal`, `hybrid`, `usb`, …" }),
    name: t.string({ description: "1 to 64 characters. Defaults to `Passkey`." }),
    backedUp: t.boolean({
      description: "Whether it is synchronised to other devices. Each use updates it. Defaults to false.",
    }),
    userHandle: t.string({
      description:
        "The `user.id` of its registration, 1 to 64 bytes. Sign-ins must then return this handle; without it, any is accepted.",
    }),
    createdAt: t.field({ type: "DateTime", description: "Defaults to now." }),
  }),
});

const ImportUserInput = builder.inputType("ImportUserInput", {
  description: "A user from another system. A username or an e-mail address is required.",
  fields: (t) => ({
    username: t.string({ description: "1 to 64 letters, digits, `.`, `_` or `-`. Not case-sensitive." }),
    email: t.string(),
    emailVerified: t.boolean({
      description:
        "True if the other system has verified the address. The user can sign in only with a verified address. True together with `passwordHash`, `totp` or `passkeys` requires the role REVEAL.",
    }),
    name: t.string({ description: "1 to 200 characters." }),
    passwordHash: t.string({
      description:
        "An argon2id (`$argon2id$v=19$…`) or bcrypt (`$2b$…`) hash; never a plain password. The first sign-in replaces a hash that is weaker than this server's own.",
    }),
    createdAt: t.field({ type: "DateTime", description: "Defaults to now." }),
    disabled: t.boolean({ description: "True creates a user that cannot sign in." }),
    totp: t.field({
      type: [ImportTotpInput],
      description:
        "Authenticator apps; together with `passkeys` up to ten. Sign-ins then require a code of one of them. Recovery codes cannot be imported: the user creates new ones.",
    }),
    passkeys: t.field({
      type: [ImportPasskeyInput],
      description:
        "Passkeys. The user signs in with one of them; after any other first step, a second factor is required. Several, or together with `passwordHash`, require the role REVEAL.",
    }),
  }),
});

const RefusedUser = builder.objectRef<{ index: number; reason: string }>("RefusedUser").implement({
  fields: (t) => ({ index: t.exposeInt("index"), reason: t.exposeString("reason") }),
});

const UsersImported = builder.objectRef<ImportOutcome[]>("UsersImported").implement({
  description: "The outcome for each user. Each list holds indexes into `users`, starting at 0.",
  fields: (t) => ({
    added: t.field({ type: ["Int"], resolve: (outcomes) => placesOf(outcomes, "added") }),
    existing: t.field({
      type: ["Int"],
      description: "The username or address exists already. These accounts were not changed.",
      resolve: (outcomes) => placesOf(outcomes, "existing"),
    }),
    bad: t.field({
      type: [RefusedUser],
      description: "Rejected users with the reason. The other users are imported.",
      resolve: (outcomes) =>
        outcomes.flatMap((each, index) => typeof each === "object" ? { index, reason: each.reason } : []),
    }),
  }),
});

function placesOf(outcomes: readonly ImportOutcome[], outcome: ImportOutcome): number[] {
  return outcomes.flatMap((each, index) => each === outcome ? index : []);
}

const ImportUsersResult = builder.errorUnion("ImportUsersResult", {
  types: [UsersImported, ...COMMON_ERRORS],
  resolveType: () => "UsersImported",
});

builder.mutationField("importUsers", (t) =>
  t.field({
    type: ImportUsersResult,
    description:
      `Imports up to ${MOST_IMPORTED} users from another system in one transaction. Existing users are not changed, so an import can be repeated. Requires the role OPERATE.`,
    authScopes: { operator: "OPERATE" },
    args: { users: t.arg({ type: [ImportUserInput], required: true }) },
    resolve: (_root, { users }, { caller, services }) =>
      importUsers(services, { origin: originOf(caller), vouches: hasRole(caller, "REVEAL") }, users),
  }));
