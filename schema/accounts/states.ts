import type { Caller, UserCaller } from "../../src/operations/caller.ts";
import { allowedTransitions, type UserState } from "../../src/accounts/states/states.ts";
import { type Requirement, REQUIREMENTS } from "../../src/accounts/states/requirements.ts";
import {
  requirementsFor,
  RequirementsNotMet,
  TransitionNotAllowed,
  transitionState,
  transitionUserState,
} from "../../src/accounts/states/transition.ts";
import { stateMetadataOf, type User } from "../../src/accounts/users/users.ts";
import { builder } from "../lib/builder.ts";
import type { Context } from "../lib/context.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { WRITES_USERS } from "../lib/machine_scopes.ts";
import { USER_NOT_FOUND } from "../lib/refusals.ts";
import { SessionType } from "./sessions.ts";
import { watchAs } from "../lib/subscriptions.ts";
import { UserStateEnum, UserType } from "./users.ts";

/** A user's state. `user` is undefined for a visitor; `sessionId` is set only for the caller's own state. */
type AuthState = { user: User | undefined; sessionId: string | undefined };

const VISITOR: AuthState = { user: undefined, sessionId: undefined };

const AuthStateType = builder.objectRef<AuthState>("AuthState").implement({
  description:
    "The caller's user, session and state. The state is VISITOR and `user` is null when the caller is not signed in.",
  fields: (t) => ({
    currentState: t.field({
      type: UserStateEnum,
      description: "VISITOR when the caller is not signed in.",
      resolve: ({ user }) => user?.state ?? "VISITOR",
    }),
    stateMetadata: t.field({ type: "JSON", resolve: ({ user }) => user ? stateMetadataOf(user) : {} }),
    allowedTransitions: t.field({
      description: "The states that may follow. Their requirements may not be met yet.",
      type: [UserStateEnum],
      resolve: ({ user }) => [...allowedTransitions(user?.state ?? "VISITOR")],
    }),
    user: t.field({ type: UserType, nullable: true, resolve: ({ user }) => user }),
    session: t.field({
      type: SessionType,
      nullable: true,
      resolve: ({ sessionId }, _args, { services }) =>
        sessionId === undefined ? undefined : services.load.session.load(sessionId),
    }),
  }),
});

const StateRequirementType = builder.objectRef<{ name: Requirement; satisfied: boolean }>("StateRequirement")
  .implement({
    fields: (t) => ({
      name: t.exposeString("name", { description: Object.keys(REQUIREMENTS).join(", ") }),
      description: t.string({
        description: "One sentence that says how to meet the requirement.",
        resolve: ({ name }) => REQUIREMENTS[name].remedy,
      }),
      satisfied: t.exposeBoolean("satisfied", { description: "True when the caller meets it." }),
    }),
  });

type Required = { state: UserState; requirements: { name: Requirement; satisfied: boolean }[] };

const StateRequirementsType = builder.objectRef<Required>("StateRequirements").implement({
  description: "The requirements for entering a state. They do not depend on the present state.",
  fields: (t) => ({
    state: t.expose("state", { type: UserStateEnum }),
    requirements: t.expose("requirements", { type: [StateRequirementType] }),
    satisfied: t.boolean({
      description: "True when the caller meets all of them.",
      resolve: ({ requirements }) => requirements.every(({ satisfied }) => satisfied),
    }),
  }),
});

const StateChanged = builder.objectRef<{ authState: AuthState }>("StateChanged").implement({
  fields: (t) => ({ authState: t.expose("authState", { type: AuthStateType }) }),
});

errorType(
  RequirementsNotMet,
  "The transition is possible, but the user does not meet all requirements of the new state. `missing` lists them.",
);
builder.objectField(RequirementsNotMet, "missing", (t) =>
  t.field({
    type: [StateRequirementType],
    description: "The requirements that the user does not meet.",
    resolve: ({ missing }) => missing.map((name) => ({ name, satisfied: false })),
  }));

/** The result of every mutation that changes a user's state. */
const StateResult = builder.errorUnion("StateResult", {
  types: [
    StateChanged,
    errorType(
      TransitionNotAllowed,
      "The present state has no transition to the requested state, or the account is disabled.",
    ),
    RequirementsNotMet,
    USER_NOT_FOUND,
    ...COMMON_ERRORS,
  ],
  resolveType: () => "StateChanged",
});

builder.queryFields((t) => ({
  authState: t.field({
    type: AuthStateType,
    description: "The caller's user, session and state. Works without signing in.",
    authScopes: { anyone: true },
    resolve: async (_root, _args, { caller, services }) => {
      const person = personIfAny(caller);
      const user = person && await services.load.user.load(person.userId);
      return user ? { user, sessionId: person.sessionId } : VISITOR;
    },
  }),
  stateRequirements: t.field({
    type: StateRequirementsType,
    description: "The requirements for entering a state, and which of them the caller meets.",
    authScopes: { anyone: true },
    args: { state: t.arg({ type: UserStateEnum, required: true }) },
    resolve: async (_root, { state }, { caller, services }) => {
      personIfAny(caller);
      return { state, requirements: await requirementsFor(services, caller, state) };
    },
  }),
}));

builder.mutationFields((t) => ({
  transitionState: t.field({
    type: StateResult,
    description:
      "Moves the caller to another state. TRANSITION_NOT_ALLOWED: the present state does not lead there. REQUIREMENTS_NOT_MET: see `missing`. Of two concurrent transitions, the second is checked against the state after the first.",
    authScopes: { person: true },
    args: { to: t.arg({ type: UserStateEnum, required: true }) },
    resolve: async (_root, { to }, { caller, services }) => {
      const user = await transitionState(services, caller, to);
      return { authState: { user, sessionId: personIfAny(caller)?.sessionId } };
    },
  }),
  transitionUserState: t.field({
    type: StateResult,
    description:
      "Moves any user to another state, as `transitionState` does; the same requirements apply. Requires the role OPERATE, or a key with `users:write`.",
    authScopes: WRITES_USERS,
    args: { userId: t.arg.id({ required: true }), to: t.arg({ type: UserStateEnum, required: true }) },
    resolve: async (_root, { userId, to }, { caller, services }) => ({
      authState: { user: await transitionUserState(services, caller, userId, to), sessionId: undefined },
    }),
  }),
}));

builder.subscriptionField("authState", (t) =>
  t.field({
    type: AuthStateType,
    description:
      "Sends the caller's state now and after every change of the user. A change of the session alone sends nothing. Without a signed-in user it sends the VISITOR state and completes; subscribe again after signing in.",
    authScopes: { anyone: true },
    subscribe: (_root, _args, context) => watchAuthState(context),
    resolve: (state) => state,
  }));

function watchAuthState(context: Context): AsyncIterable<AuthState> {
  const { caller, services } = context;
  const person = personIfAny(caller);
  if (!person) return ReadableStream.from([VISITOR]);
  const { userId, sessionId } = person;
  const read = async () => {
    const user = await services.load.user.load(userId);
    // The user was deleted, and the session with it. Version 0 is below every real version, so only a
    // subscriber that has received nothing yet gets this value.
    return user ? { user, sessionId, version: user.version } : { ...VISITOR, version: 0 };
  };
  return watchAs(context, [`user:${userId}`], read, ({ user }) => user === undefined);
}

/** The signed-in user, if any. Throws the reason when the request's token was rejected. */
function personIfAny(caller: Caller): UserCaller | undefined {
  if (caller.kind === "nobody" && caller.because) throw caller.because;
  return caller.kind === "user" ? caller : undefined;
}
