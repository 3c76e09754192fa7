import { type GraphQLSchema, lexicographicSortSchema, printSchema } from "graphql";
import { builder } from "./lib/builder.ts";
import "./lib/scalars.ts";
import "./lib/errors.ts";
import "./flows.ts";
import "./vault.ts";
import "./providers/modal.ts";
import "./providers/google_authorization.ts";
import "./providers/google_access.ts";
import "./events.ts";
import "./accounts/users.ts";
import "./accounts/import_users.ts";
import "./accounts/sessions.ts";
import "./accounts/states.ts";
import "./sign_in/password.ts";
import "./sign_in/email_code.ts";
import "./sign_in/google.ts";
import "./sign_in/guests.ts";
import "./operations/mails.ts";
import "./operations/operators.ts";
import "./operations/server.ts";

builder.queryType({
  description: "Reads. What needs somebody signed in says so with `UNAUTHENTICATED` or `FORBIDDEN`.",
});
builder.mutationType({ description: "Changes. Each answers a union: what it made, or an AuthError." });
builder.subscriptionType({ description: "Live: over SSE or WebSocket (graphql-transport-ws)." });

let built: GraphQLSchema | undefined;

/**
 * The schema, built once per process.
 *
 * @throws TypeError if a field of a root type does not say who may use it: fields are denied by default.
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
        throw new TypeError(`${root?.name}.${field.name} does not say who may use it`);
      }
    }
  }
  return schema;
}

/** The schema as text, sorted, as `schema.graphql` holds it. */
export function printedSchema(): string {
  return `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
}
