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
import { USER_NOT_FOUND } from "../lib/refusals.ts";
import { SessionType } from "./sessions.ts";
import { watchAs } from "../lib/subscriptions.ts";
import { UserStateEnum, UserType } from "./users.ts";

/** Where somebody stands; no user when nobody is signed in, and no session when it is not the caller. */
type AuthState = { user: User | undefined; sessionId: string | undefined };

const NOBODY: AuthState = { user: undefined, sessionId: undefined };

const AuthStateType = builder.objectRef<AuthState>("AuthState").implement({
  description: "Who the caller is and where they may go. VISITOR, with no user, when nobody is signed in.",
  fields: (t) => ({
    currentState: t.field({ type: UserStateEnum, resolve: ({ user }) => user?.state ?? "VISITOR" }),
    stateMetadata: t.field({ type: "JSON", resolve: ({ user }) => user ? stateMetadataOf(user) : {} }),
    allowedTransitions: t.field({
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
        description: "One sentence: what to do to meet it.",
        resolve: ({ name }) => REQUIREMENTS[name].remedy,
      }),
      satisfied: t.exposeBoolean("satisfied", { description: "Whether it is met." }),
    }),
  });

type Required = { state: UserState; requirements: { name: Requirement; satisfied: boolean }[] };

const StateRequirementsType = builder.objectRef<Required>("StateRequirements").implement({
  description: "What entering a state takes, whichever state one comes from.",
  fields: (t) => ({
    state: t.expose("state", { type: UserStateEnum }),
    requirements: t.expose("requirements", { type: [StateRequirementType] }),
    satisfied: t.boolean({
      description: "Whether the caller meets all of them.",
      resolve: ({ requirements }) => requirements.every(({ satisfied }) => satisfied),
    }),
  }),
});

const StateChanged = builder.objectRef<{ authState: AuthState }>("StateChanged").implement({
  fields: (t) => ({ authState: t.expose("authState", { type: AuthStateType }) }),
});

errorType(RequirementsNotMet, "The state could follow, and takes what the user does not meet.");
builder.objectField(RequirementsNotMet, "missing", (t) =>
  t.field({
    type: [StateRequirementType],
    description: "What is not met.",
    resolve: ({ missing }) => missing.map((name) => ({ name, satisfied: false })),
  }));

/** What a mutation that changes a state answers. */
const StateResult = builder.errorUnion("StateResult", {
  types: [
    StateChanged,
    errorType(
      TransitionNotAllowed,
      "The state does not follow the present one, or the account is disabled.",
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
    description: "Who the caller is and where they may go.",
    authScopes: { anyone: true },
    resolve: async (_root, _args, { caller, services }) => {
      const person = personIfAny(caller);
      const user = person && await services.load.user.load(person.userId);
      return user ? { user, sessionId: person.sessionId } : NOBODY;
    },
  }),
  stateRequirements: t.field({
    type: StateRequirementsType,
    description: "What entering a state takes, and which of it the caller meets.",
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
      "Takes the caller to a state that may follow theirs. Of two at once one succeeds; the other is judged by the state after that.",
    authScopes: { person: true },
    args: { to: t.arg({ type: UserStateEnum, required: true }) },
    resolve: async (_root, { to }, { caller, services }) => {
      const user = await transitionState(services, caller, to);
      return { authState: { user, sessionId: personIfAny(caller)?.sessionId } };
    },
  }),
  transitionUserState: t.field({
    type: StateResult,
    description: "The same for any user, by an operator. Requirements hold for whom an operator moves, too.",
    authScopes: { operator: "OPERATE" },
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
      "The caller's: now, then at every change of what it shows of them; the session aside, which is as it is then. Ends within a second of the session's end. For who is not signed in it completes after the first: nothing about nobody changes, and who signs in subscribes anew.",
    authScopes: { anyone: true },
    subscribe: (_root, _args, context) => watchAuthState(context),
    resolve: (state) => state,
  }));

function watchAuthState(context: Context): AsyncIterable<AuthState> {
  const { caller, services } = context;
  const person = personIfAny(caller);
  if (!person) return ReadableStream.from([NOBODY]);
  const { userId, sessionId } = person;
  const read = async () => {
    const user = await services.load.user.load(userId);
    // Deleted, and their session with them: before every version, it is shown to who was shown nothing yet.
    return user ? { user, sessionId, version: user.version } : { ...NOBODY, version: 0 };
  };
  return watchAs(context, [`user:${userId}`], read, ({ user }) => user === undefined);
}

/** Who is signed in. Throws what kept us from knowing who asks. */
function personIfAny(caller: Caller): UserCaller | undefined {
  if (caller.kind === "nobody" && caller.because) throw caller.because;
  return caller.kind === "user" ? caller : undefined;
}
