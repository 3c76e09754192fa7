import SchemaBuilder from "@pothos/core";
import ErrorsPlugin from "@pothos/plugin-errors";
import RelayPlugin from "@pothos/plugin-relay";
import ScopeAuthPlugin from "@pothos/plugin-scope-auth";
import { hasRole, personalRefusal, refusal } from "../../src/operations/caller.ts";
import { ALLOWANCES } from "./allowance_plugin.ts";
import { OPERATOR_ROLES, type OperatorRole } from "../../src/operations/operators/roles.ts";
import type { Context } from "./context.ts";

/** Who may read or do what a field gives; every field of a root type says it, and the default is nobody. */
type Scopes = {
  /** Open to all. */
  anyone: boolean;
  /** A person who is signed in, or an operator. */
  signedIn: boolean;
  /** A person who is signed in; an operator has no account. */
  person: boolean;
  /** An operator whose role includes this one. */
  operator: OperatorRole;
};

/** The one builder of the schema: fields cannot be null unless they say so. */
export const builder = new SchemaBuilder<{
  Context: Context;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  AuthScopes: Scopes;
  Scalars: {
    ID: { Input: string; Output: string };
    DateTime: { Input: Date; Output: Date };
    JSON: { Input: unknown; Output: unknown };
    URL: { Input: string; Output: string };
  };
}>({
  // Errors first: what a scope refuses is then one of the mutation's error types too.
  plugins: [ErrorsPlugin, ScopeAuthPlugin, ALLOWANCES, RelayPlugin],
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
    // A subscription's right is checked when it opens; what ends it later is `schema/lib/subscriptions.ts`.
    authorizeOnSubscribe: true,
    runScopesOnType: true,
    authScopes: ({ caller }) => ({
      anyone: true,
      signedIn: caller.kind !== "nobody",
      person: caller.kind === "user",
      operator: (role) => hasRole(caller, role),
    }),
    unauthorizedError: (_parent, { caller }, _info, { failure }) => {
      const role = neededRole(failure);
      return !role && asksFor(failure, "person") ? personalRefusal(caller) : refusal(caller, role ?? "READ");
    },
  },
});

/**
 * The `isTypeOf` of a type whose objects not everybody may see: whatever field leads to one, it throws unless
 * `maySee`. A type scope that is a function would ask the same at the same place, but scope-auth remembers every
 * object for which it asked: on a subscription that is work and memory for each event.
 */
export function seenBy<T>(maySee: (value: T, context: Context) => boolean) {
  return (value: unknown, context: Context): boolean => {
    if (!maySee(value as T, context)) throw refusal(context.caller, "READ");
    return true;
  };
}

/** The role that the failed scope asked for, if it was one. */
function neededRole(failure: object): OperatorRole | undefined {
  const asked = failuresOf(failure).map((each) => "parameter" in each ? each.parameter : undefined);
  return OPERATOR_ROLES.find((role) => asked.includes(role));
}

function asksFor(failure: object, scope: keyof Scopes): boolean {
  return failuresOf(failure).some((each) => "scope" in each && each.scope === scope);
}

/** Each scope that failed: those of `$any` and `$all` stand inside. */
function failuresOf(failure: object): object[] {
  return "failures" in failure ? (failure.failures as object[]).flatMap(failuresOf) : [failure];
}
