import SchemaBuilder from "@pothos/core";
import ErrorsPlugin from "@pothos/plugin-errors";
import RelayPlugin from "@pothos/plugin-relay";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import { type Caller, hasRole, hasScope, personalRefusal, refusal } from "../../src/operations/caller.ts";
import { ALLOWANCES } from "./allowance_plugin.ts";
import { REFUSALS } from "./refusal_plugin.ts";
import { OPERATOR_ROLES, type OperatorRole } from "../../src/operations/operators/roles.ts";
import { API_KEY_SCOPES, type ApiKeyScope } from "../../src/operations/api_keys/scopes.ts";
import { type AuthError, Forbidden } from "../../src/lib/errors.ts";
import type { Count } from "./connections.ts";
import type { Context } from "./context.ts";

/** The access rules. Every field of a root type must name one; without a rule the field is denied. */
type Scopes = {
  /** No sign-in required. */
  anyone: boolean;
  /** A signed-in user or an operator. */
  signedIn: boolean;
  /** A signed-in user. Operators have no account. */
  person: boolean;
  /** An operator whose role includes this one. */
  operator: OperatorRole;
  /** An API key with this scope. */
  apiKey: ApiKeyScope;
};

/** The schema builder. Fields are non-null unless they say otherwise. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  AuthScopes: Scopes;
  Connection: { count: Count };
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    URL: { Input: string; Output: string };
  };
}>({
  // ErrorsPlugin comes first, so that a mutation's error union includes the scopes' errors too.
  plugins: [ErrorsPlugin, REFUSALS, ScopeAuthPlugin, ALLOWANCES, RelayPlugin],
  defaultFieldNullability: false,
  errors: { directResult: true },
  relay: {
    cursorType: "String",
    nodesOnConnection: true,
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    nodeQueryOptions: false,
    nodesQueryOptions: false,
  },
  scopeAuth: {
    // Checked when a subscription opens; `schema/lib/subscriptions.ts` ends it when the right ends later.
    authorizeOnSubscribe: true,
    runScopesOnType: true,
    authScopes: ({ caller }) => ({
      anyone: true,
      signedIn: caller.kind === "user" || caller.kind === "operator",
      person: caller.kind === "user",
      operator: (role) => hasRole(caller, role),
      apiKey: (scope) => hasScope(caller, scope),
    }),
    unauthorizedError: (_parent, { caller }, _info, { failure }) => refusalFor(failure, caller),
  },
});

/** Returns the error that names what the caller lacks for a field. */
function refusalFor(failure: object, caller: Caller): AuthError {
  const scope = caller.kind === "apiKey" ? neededOf(API_KEY_SCOPES, failure) : undefined;
  if (scope) return new Forbidden(`an API key with the scope ${scope}`);
  const role = neededOf(OPERATOR_ROLES, failure);
  return !role && asksFor(failure, "person") ? personalRefusal(caller) : refusal(caller, role ?? "READ");
}

/**
 * Returns an `isTypeOf` for a type with restricted objects: it throws unless `maySee` returns true, whichever
 * field returned the object. A function as type scope would run at the same place, but scope-auth keeps every
 * object that it checked, which costs work and memory for each event of a subscription.
 */
export function seenBy<T>(maySee: (value: T, context: Context) => boolean) {
  return (value: unknown, context: Context): boolean => {
    if (!maySee(value as T, context)) throw refusal(context.caller, "READ");
    return true;
  };
}

/** The role, or the scope of a key, that the failed rule required, if any. */
function neededOf<T extends string>(known: readonly T[], failure: object): T | undefined {
  const asked = failuresOf(failure).map((each) => "parameter" in each ? each.parameter : undefined);
  return known.find((each) => asked.includes(each));
}

function asksFor(failure: object, scope: keyof Scopes): boolean {
  return failuresOf(failure).some((each) => "scope" in each && each.scope === scope);
}

/** The scopes that failed, including those inside `$any` and `$all`. */
function failuresOf(failure: object): object[] {
  return "failures" in failure ? (failure.failures as object[]).flatMap(failuresOf) : [failure];
}
