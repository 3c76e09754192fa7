import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./introspection.d.ts";

/**
 * Parses a document whose result and variables are typed by the schema: who reads a field that is not there, or
 * passes a variable of the wrong type, fails the type check. `deno task check` holds every word of it against the
 * schema.
 */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: unknown; URL: string };
}>();

export type { ResultOf, TadaDocumentNode as Document, VariablesOf } from "gql.tada";
