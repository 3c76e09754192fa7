import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
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
import "./accounts/import_users.ts";
import "./accounts/sessions.ts";
import "./accounts/states.ts";
import "./accounts/factors.ts";
import "./sign_in/password.ts";
import "./sign_in/email_code.ts";
import "./sign_in/google.ts";
import "./sign_in/guests.ts";
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
 * @throws TypeError if a field of a root type has no access rule.
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
  return schema;
}

/** Returns the sorted schema as text, as in `schema.graphql`. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
}
