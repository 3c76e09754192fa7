import {
  deleteUser,
  type GrantsLeft,
  revokeUserSessions,
  setUserDisabled,
} from "../../src/accounts/users/manage_users.ts";
import { allowedTransitions, USER_STATES } from "../../src/accounts/states/states.ts";
import {
  countUsers,
  getUser,
  pageOfUsers,
  stateMetadataOf,
  type User,
  UserNotFound,
} from "../../src/accounts/users/users.ts";
import { ANY_PROVIDERS } from "../../src/providers/providers.ts";
import { ANY_METHODS, methodsOf } from "../../src/sign_in/methods.ts";
import type { Page } from "../../src/lib/paging.ts";
import { builder } from "../lib/builder.ts";
import { connectionById } from "../lib/connections.ts";
import { READS_USERS, WRITES_USERS } from "../lib/machine_scopes.ts";
import { DoneResult } from "../lib/done.ts";
import { NodeInterface } from "../lib/node.ts";
import { FactorType } from "./factor.ts";
import { orNull } from "../lib/or_null.ts";
import { checkSearch } from "../lib/search.ts";

export const UserStateEnum = builder.enumType("UserState", {
  description: "The user's state in the application.",
  values: USER_STATES,
});

export const AuthMethodEnum = builder.enumType("AuthMethod", {
  description: "A sign-in method.",
  values: ANY_METHODS.map(({ id }) => id),
});

/** Has no `isTypeOf`: every field that returns one shows only the caller's own, or requires an operator. */
export const UserType = builder.objectRef<User>("User").implement({
  description: "A person or a guest.",
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.exposeID("id"),
    username: t.exposeString("username", {
      nullable: true,
      description: "As the user typed it. Not case-sensitive.",
    }),
    email: t.exposeString("email", { nullable: true }),
    emailVerified: t.boolean({
      description:
        "True when the user has proven that the address is theirs. Only a verified address can be used to sign in.",
      resolve: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
    }),
    name: t.exposeString("name", { nullable: true }),
    pictureUrl: t.expose("pictureUrl", { type: "URL", nullable: true }),
    isGuest: t.exposeBoolean("isGuest", { description: "True for a guest account." }),
    disabled: t.boolean({
      description: "True when an operator has disabled the account. It cannot be used to sign in.",
      resolve: ({ disabledAt }) => disabledAt !== null,
    }),
    state: t.expose("state", { type: UserStateEnum }),
    stateMetadata: t.field({
      type: "JSON",
      description:
        "`{ user: { authId, email, name, picture }, auth: { provider, lastLogin } }`, and data that transitions add.",
      resolve: stateMetadataOf,
    }),
    roles: t.exposeStringList("roles", {
      description: "Roles in your applications, set with `setUserRoles`. Access tokens contain them.",
    }),
    allowedTransitions: t.field({
      description: "The states that may follow. Their requirements may not be met yet.",
      type: [UserStateEnum],
      resolve: ({ state }) => [...allowedTransitions(state)],
    }),
    methods: t.field({
      type: [AuthMethodEnum],
      description: "The user's sign-in methods.",
      resolve: methodsOf,
    }),
    factors: t.field({
      type: [FactorType],
      description:
        "The user's second factors, oldest first. If there are any, each sign-in requires one of them.",
      resolve: async ({ id }, _args, { services }) => await services.load.factors.load(id) ?? [],
    }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastSignInAt: t.expose("lastSignInAt", { type: "DateTime", nullable: true }),
  }),
});

/** Maximum length of a user search. */
builder.queryFields((t) => ({
  viewer: t.field({
    type: UserType,
    nullable: true,
    description:
      "The caller's account; null when the caller is not signed in. A malformed Authorization header is an error.",
    authScopes: { anyone: true },
    resolve: (_root, _args, { caller, services }) => {
      if (caller.kind === "nobody" && caller.because) throw caller.because;
      return caller.kind === "user" ? services.load.user.load(caller.userId) : null;
    },
  }),
  user: t.field({
    type: UserType,
    nullable: true,
    description: "The user with this id, or null. Requires the role READ, or a key with `users:read`.",
    authScopes: READS_USERS,
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { services }) => orNull(getUser(services, id), UserNotFound),
  }),
  users: t.connection(
    {
      type: UserType,
      description:
        "All users, in order of creation. `search` matches any part of a username, address or name, case-insensitively, or a whole id; with fewer than three characters only the start. Requires the role READ, or a key with `users:read`.",
      authScopes: READS_USERS,
      args: { search: t.arg.string() },
      resolve: (_root, args, { services: { db } }) => {
        const search = checkSearch(args.search);
        const read = (page: Page) => pageOfUsers(db, page, search);
        return connectionById(args, "usr", read, () => countUsers(db, search));
      },
    },
    { name: "UserConnection" },
    { name: "UserEdge" },
  ),
}));

/** The providers that revoke grants on request. */
const REVOKING_PROVIDERS = ANY_PROVIDERS.filter(({ grantsPage }) => grantsPage !== undefined)
  .map(({ label }) => label).join(" and ");

builder.mutationFields((t) => ({
  setUserDisabled: t.field({
    type: DoneResult,
    description:
      "Disables a user and ends all their sessions, or enables the user again. Requires the role OPERATE, or a key with `users:write`.",
    authScopes: WRITES_USERS,
    args: { userId: t.arg.id({ required: true }), disabled: t.arg.boolean({ required: true }) },
    resolve: async (_root, { userId, disabled }, { caller, services }) => {
      await setUserDisabled(services, caller, userId, disabled);
      return { message: disabled ? "Disabled" : "Enabled" };
    },
  }),
  revokeUserSessions: t.field({
    type: DoneResult,
    description:
      "Ends all sessions of a user, and their open subscriptions within one second. Requires the role OPERATE, or a key with `users:write`.",
    authScopes: WRITES_USERS,
    args: { userId: t.arg.id({ required: true }) },
    resolve: async (_root, { userId }, { caller, services }) => ({
      message: `Ended ${await revokeUserSessions(services, caller, userId)} sessions`,
    }),
  }),
  deleteUser: t.field({
    type: DoneResult,
    description:
      `Deletes a user and all personal data, and revokes their grants at ${REVOKING_PROVIDERS}. The event log keeps the events with an id that no longer identifies a person. Cannot be undone. Requires the role OPERATE.`,
    authScopes: { operator: "OPERATE" },
    args: { userId: t.arg.id({ required: true }) },
    resolve: async (_root, { userId }, { caller, services }) => {
      const left = await deleteUser(services, caller, userId);
      return { message: ["Deleted", ...left.map(adviceOn)].join(", but ") };
    },
  }),
}));

/** Says which grants could not be revoked, and where the user can revoke them. */
function adviceOn({ label, grantsPage, grants }: GrantsLeft): string {
  const advice = grantsPage ? `: the user can do so at ${grantsPage}` : "";
  return `${grants} of the user's ${label} grants could not be revoked${advice}`;
}
