import { print } from "@0no-co/graphql.web";
import { initGraphQLTada, type TadaDocumentNode } from "gql.tada";
import type { Document as ClientDocument } from "../document.ts";
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

/** An operation with its types: an operator's own, or one of the published client. */
export type Document<Data, Variables> = TadaDocumentNode<Data, Variables> | ClientDocument<Data, Variables>;

/** A document as it goes over the wire. */
export function textOf<Data, Variables>(
  document: Document<Data, Variables>,
): ClientDocument<Data, Variables> {
  return typeof document === "string" ? document : print(document);
}

export type { ResultOf, VariablesOf } from "gql.tada";
