import { print } from "@0no-co/graphql.web";
import { initGraphQLTada, type TadaDocumentNode } from "gql.tada";
import type { Document as ClientDocument } from "../document.ts";
import type { introspection } from "./introspection.d.ts";

/**
 * Parses a document and types its result and variables by the schema. Reading a missing field or passing a wrong
 * variable fails the type check. `deno task check` validates the whole document against the schema.
 */
export const graphql = initGraphQLTada<{
  introspection: introspection;
  scalars: { DateTime: string; JSON: unknown; URL: string };
}>();

/** A typed operation: one of the operator's documents, or one of the published client. */
export type Document<Data, Variables> = TadaDocumentNode<Data, Variables> | ClientDocument<Data, Variables>;

/** The text of a document. */
export function textOf<Data, Variables>(
  document: Document<Data, Variables>,
): ClientDocument<Data, Variables> {
  return typeof document === "string" ? document : print(document);
}

export type { ResultOf, VariablesOf } from "gql.tada";
