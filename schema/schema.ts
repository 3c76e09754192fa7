import {
  getNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isObjectType,
  isUnionType,
  lexicographicSortSchema,
  printSchema,
} from "graphql";
import { ANY_METHODS } from "../src/sign_in/methods.ts";
import { builder } from "./lib/builder.ts";
import "./lib/scalars.ts";
import "./lib/errors.ts";
import "./lib/total_count.ts";
import "./flows.ts";
import "./vault.ts";
import "./providers/modal.ts";
import "./providers/google_authorization.ts";
import "./providers/google_access.ts";
import "./events.ts";
import "./node.ts";
import "./accounts/users.ts";
import "./accounts/user_roles.ts";
import "./accounts/personal_data.ts";
import "./accounts/import_users.ts";
import "./accounts/sessions.ts";
import "./accounts/signing_keys.ts";
import "./accounts/states.ts";
import "./sign_in/password.ts";
import "./sign_in/email_code.ts";
import "./sign_in/google.ts";
import "./sign_in/guests.ts";
import "./sign_in/second_factor.ts";
import "./sign_in/passkey.ts";
import "./operations/mails.ts";
import "./operations/operators.ts";
import "./operations/api_keys.ts";
import "./operations/server.ts";
import "./operations/diagnosis.ts";

builder.queryType({
  description:
    "Reads data. A field that the caller may not use fails with the code `UNAUTHENTICATED` or `FORBIDDEN` in `errors`.",
});
builder.mutationType({
  description:
    "Changes data. Each mutation returns a union of its result and the error types, which implement AuthError. The server limits mutations per caller; above the limit they return RATE_LIMITED.",
});
builder.subscriptionType({
  description:
    "Live updates over SSE or WebSocket (graphql-transport-ws). When the token expires or the session ends, a subscription ends with the error UNAUTHENTICATED and `extensions.reason`, TOKEN_EXPIRED or SESSION_ENDED. When the server stops, the connection breaks off: connect again.",
});

let built: GraphQLSchema | undefined;

/**
 * Returns the schema, built once per process.
 *
 * @throws TypeError if a field of a root type has no access rule, or can sign in without a sign-in method.
 */
export function buildSchema(): GraphQLSchema {
  return built ??= checkedSchema();
}

function checkedSchema(): GraphQLSchema {
  const schema = builder.toSchema();
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      const options = field.extensions["pothosOptions"] as { authScopes?: unknown } | undefined;
      if (!options?.authScopes) {
        throw new TypeError(`${root?.name}.${field.name} has no access rule (authScopes)`);
      }
    }
  }
  checkSignIns(schema);
  return schema;
}

/** The mutations that go on with a sign-in or a session, whatever its method. */
const OF_ALL_METHODS = ["refreshSession", "verifySecondFactor"];

/** Throws if a mutation can return a session and belongs to no sign-in method, or the other way round. */
export function checkSignIns(schema: GraphQLSchema): void {
  const known = [...ANY_METHODS.flatMap(({ mutations }) => mutations), ...OF_ALL_METHODS];
  const fields = Object.values(schema.getMutationType()?.getFields() ?? {});
  const signingIn = fields.filter(({ type }) => leadsTo(type, "SignedIn")).map(({ name }) => name);
  const strange = signingIn.find((name) => !known.includes(name));
  if (strange) throw new TypeError(`Mutation.${strange} can sign in, but belongs to no sign-in method`);
  const missing = known.find((name) => !signingIn.includes(name));
  if (missing) throw new TypeError(`Mutation.${missing} of a sign-in method cannot sign in`);
}

/** Whether a value of this type can contain a value of the type `name`. */
function leadsTo(type: GraphQLOutputType, name: string, seen = new Set<string>()): boolean {
  const named = getNamedType(type);
  if (named.name === name) return true;
  if (seen.has(named.name)) return false;
  seen.add(named.name);
  if (isUnionType(named)) return named.getTypes().some((each) => leadsTo(each, name, seen));
  return isObjectType(named) &&
    Object.values(named.getFields()).some((field) => leadsTo(field.type, name, seen));
}

/** Returns the sorted schema as text, as in `schema.graphql`. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
}
