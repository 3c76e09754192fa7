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
import { InvalidInput } from "../../src/lib/errors.ts";
import { builder } from "../lib/builder.ts";
import { connectionById } from "../lib/connections.ts";
import { DoneResult } from "../lib/done.ts";
import { orNull } from "../lib/or_null.ts";

export const UserStateEnum = builder.enumType("UserState", {
  description: "Where somebody stands with the application.",
  values: USER_STATES,
});

export const AuthMethodEnum = builder.enumType("AuthMethod", {
  description: "How somebody signs in.",
  values: ANY_METHODS.map(({ id }) => id),
});

/** Reached from what is the caller's own, or an operator's to see; there is no other way to one. */
export const UserType = builder.objectRef<User>("User").implement({
  description: "A person or a guest.",
  fields: (t) => ({
    id: t.exposeID("id"),
    username: t.exposeString("username", { nullable: true, description: "As typed; the same in any case." }),
    email: t.exposeString("email", { nullable: true }),
    emailVerified: t.boolean({
      description: "Whether the address was proven to be theirs. One that was not is no way to sign in.",
      resolve: ({ emailVerifiedAt }) => emailVerifiedAt !== null,
    }),
    name: t.exposeString("name", { nullable: true }),
    pictureUrl: t.expose("pictureUrl", { type: "URL", nullable: true }),
    isGuest: t.exposeBoolean("isGuest"),
    disabled: t.boolean({ resolve: ({ disabledAt }) => disabledAt !== null }),
    state: t.expose("state", { type: UserStateEnum }),
    stateMetadata: t.field({
      type: "JSON",
      description:
        "`{ user: { authId, email, name, picture }, auth: { provider, lastLogin } }`, and what transitions add.",
      resolve: stateMetadataOf,
    }),
    allowedTransitions: t.field({
      type: [UserStateEnum],
      resolve: ({ state }) => [...allowedTransitions(state)],
    }),
    methods: t.field({ type: [AuthMethodEnum], description: "The ways in.", resolve: methodsOf }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    lastSignInAt: t.expose("lastSignInAt", { type: "DateTime", nullable: true }),
  }),
});

/** Counting further would read the whole table. */
const MOST_COUNTED = 10_000;

/** What an operator may type into the search. */
const MOST_SEARCH_LENGTH = 254;

builder.queryFields((t) => ({
  viewer: t.field({
    type: UserType,
    nullable: true,
    description: "The caller's own account; null when nobody is signed in.",
    authScopes: { anyone: true },
    resolve: (_root, _args, { caller, services }) => {
      if (caller.kind === "nobody" && caller.because) throw caller.because;
      return caller.kind === "user" ? services.load.user.load(caller.userId) : null;
    },
  }),
  user: t.field({
    type: UserType,
    nullable: true,
    description: "Any user, for operators; null when there is none of this id.",
    authScopes: { operator: "READ" },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, { services }) => orNull(getUser(services, id), UserNotFound),
  }),
  users: t.connection(
    {
      type: UserType,
      description:
        "All users, for operators, in order of creation. `search` is the beginning of a username, address or name, in any case, or an id.",
      authScopes: { operator: "READ" },
      args: { search: t.arg.string() },
      resolve: async (_root, args, { services }) => {
        const search = checkSearch(args.search ?? undefined);
        const page = await connectionById(args, "usr", (range) => pageOfUsers(services.db, range, search));
        return { ...page, search };
      },
    },
    {
      name: "UserConnection",
      fields: (t) => ({
        totalCount: t.int({
          nullable: true,
          description: `Null above ${MOST_COUNTED.toLocaleString("en")}.`,
          resolve: ({ search }: { search?: string | undefined }, _args, { services }) =>
            countUsers(services.db, search, MOST_COUNTED),
        }),
      }),
    },
    { name: "UserEdge" },
  ),
}));

function checkSearch(search: string | undefined): string | undefined {
  if (search !== undefined && (search.length > MOST_SEARCH_LENGTH || /\p{C}/u.test(search))) {
    throw new InvalidInput(`Cannot search: search is up to ${MOST_SEARCH_LENGTH} printable characters`);
  }
  return search;
}

/** The providers that end grants when they are asked to. */
const ASKED_TO_END_GRANTS = ANY_PROVIDERS.filter(({ grantsPage }) => grantsPage !== undefined)
  .map(({ label }) => label).join(" and ");

builder.mutationFields((t) => ({
  setUserDisabled: t.field({
    type: DoneResult,
    description: "Disables a user, which ends all their sessions, or enables them again.",
    authScopes: { operator: "OPERATE" },
    args: { userId: t.arg.id({ required: true }), disabled: t.arg.boolean({ required: true }) },
    resolve: async (_root, { userId, disabled }, { caller, services }) => {
      await setUserDisabled(services, caller, userId, disabled);
      return { message: disabled ? "Disabled" : "Enabled" };
    },
  }),
  revokeUserSessions: t.field({
    type: DoneResult,
    description: "Ends all sessions of a user and, within a second, their open subscriptions.",
    authScopes: { operator: "OPERATE" },
    args: { userId: t.arg.id({ required: true }) },
    resolve: async (_root, { userId }, { caller, services }) => ({
      message: `Ended ${await revokeUserSessions(services, caller, userId)} sessions`,
    }),
  }),
  deleteUser: t.field({
    type: DoneResult,
    description:
      `Deletes a user and everything personal, and asks ${ASKED_TO_END_GRANTS} to end their grants. The event log goes on saying what happened, to an id that leads to nobody.`,
    authScopes: { operator: "OPERATE" },
    args: { userId: t.arg.id({ required: true }) },
    resolve: async (_root, { userId }, { caller, services }) => {
      const left = await deleteUser(services, caller, userId);
      return { message: ["Deleted", ...left.map(adviceOn)].join(", but ") };
    },
  }),
}));

/** What the person can do about grants that outlive their account. */
function adviceOn({ label, grantsPage, grants }: GrantsLeft): string {
  const advice = `only the person can remove what they granted, at ${grantsPage}`;
  return `${label} was not told of ${grants} grants: ${advice}`;
}
