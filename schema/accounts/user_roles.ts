import { MOST_ROLE_CHARACTERS, MOST_ROLES, setUserRoles } from "../../src/accounts/users/user_roles.ts";
import type { User } from "../../src/accounts/users/users.ts";
import { builder } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { WRITES_USERS } from "../lib/machine_scopes.ts";
import { USER_NOT_FOUND } from "../lib/refusals.ts";
import { UserType } from "./users.ts";

const UserChanged = builder.objectRef<{ user: User }>("UserChanged").implement({
  fields: (t) => ({ user: t.expose("user", { type: UserType }) }),
});

const UserResult = builder.errorUnion("UserResult", {
  types: [UserChanged, USER_NOT_FOUND, ...COMMON_ERRORS],
  resolveType: () => "UserChanged",
});

builder.mutationField("setUserRoles", (t) =>
  t.field({
    type: UserResult,
    description:
      "Replaces the roles of a user. `authState` sends the change at once; access tokens contain the new roles after the next refresh. To end the old tokens sooner, use `revokeUserSessions`. Requires the role OPERATE, or a key with `users:write`.",
    authScopes: WRITES_USERS,
    args: {
      userId: t.arg.id({ required: true }),
      roles: t.arg.stringList({
        required: true,
        description:
          `All roles of the user, up to ${MOST_ROLES}. A role is 1 to ${MOST_ROLE_CHARACTERS} letters, digits or \`_\` \`.\` \`:\` \`-\`, and begins with a letter.`,
      }),
    },
    resolve: async (_root, { userId, roles }, { caller, services }) => ({
      user: await setUserRoles(services, caller, userId, roles),
    }),
  }));
