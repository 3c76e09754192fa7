import { initGraphQLTada } from "gql.tada";
import type { introspection } from "./introspection.ts";

/**
 * Parses a document whose result and variables are typed by the schema: a field that was renamed or an argument
 * of the wrong type fails the type check.
 */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: unknown; URL: string };
}>();

export type { ResultOf, TadaDocumentNode as Document, VariablesOf } from "gql.tada";
