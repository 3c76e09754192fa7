import { hasRole, originOf } from "../../src/operations/caller.ts";
import { type ImportOutcome, importUsers, MOST_IMPORTED } from "../../src/accounts/users/import_users.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";

const ImportUserInput = builder.inputType("ImportUserInput", {
  description: "A user of another system. At least a username or an e-mail address.",
  fields: (t) => ({
    username: t.string({ description: "1 to 64 letters, digits or . _ -; the same in any case." }),
    email: t.string(),
    emailVerified: t.boolean({
      description:
        "Whether it is known that the address is theirs: only then is it a way to sign in. Together with a password it needs the role REVEAL.",
    }),
    name: t.string({ description: "1 to 200 characters." }),
    passwordHash: t.string({
      description:
        "argon2id (`$argon2id$v=19$…`) or bcrypt (`$2b$…`), never a password. Replaced at the first sign-in where new ones are stronger.",
    }),
    createdAt: t.field({ type: "DateTime", description: "Now without it." }),
    disabled: t.boolean({ description: "Whether nobody may sign in as them." }),
  }),
});

const RefusedUser = builder.objectRef<{ index: number; reason: string }>("RefusedUser").implement({
  fields: (t) => ({ index: t.exposeInt("index"), reason: t.exposeString("reason") }),
});

const UsersImported = builder.objectRef<ImportOutcome[]>("UsersImported").implement({
  description: "What became of each user, by its place in `users`, from 0.",
  fields: (t) => ({
    added: t.field({ type: ["Int"], resolve: (outcomes) => placesOf(outcomes, "added") }),
    existing: t.field({
      type: ["Int"],
      description: "There already, and left as they are.",
      resolve: (outcomes) => placesOf(outcomes, "existing"),
    }),
    bad: t.field({
      type: [RefusedUser],
      description: "Not added; the others are.",
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
      `Adds up to ${MOST_IMPORTED} users of another system in one transaction. Doing it again changes nothing.`,
    authScopes: { operator: "OPERATE" },
    args: { users: t.arg({ type: [ImportUserInput], required: true }) },
    resolve: (_root, { users }, { caller, services }) =>
      importUsers(services, { origin: originOf(caller), vouches: hasRole(caller, "REVEAL") }, users),
  }));
