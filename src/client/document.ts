/**
 * The types of an operation, as code generators attach them (`@graphql-typed-document-node/core`). The property does not
 * exist at run time.
 */
type Typed<Data, Variables> = { readonly __apiType?: (variables: Variables) => Data };

/** The text of an operation, typed with its data and its variables. */
export type Document<Data, Variables> = string & Typed<Data, Variables>;

/** A parsed document of any GraphQL library. */
export type DocumentNode = { readonly kind: string; readonly definitions: readonly object[] };

/**
 * An operation in any usual form: a string, a `TypedDocumentString` (which extends `String`), or a `TypedDocumentNode`.
 * Only the latter two know the types of their data and variables.
 */
export type TypedDocument<Data, Variables> =
  & ({ valueOf(): string } | DocumentNode)
  & Typed<Data, Variables>;

/** The arguments after a document. They are optional if the operation has no required variables. */
export type VariablesOf<Variables> = Record<never, never> extends Variables ? [variables?: Variables]
  : [variables: Variables];

/** Returns the text of a document. Loads the printer for the first parsed document. */
export async function textOf<Data, Variables>(
  document: TypedDocument<Data, Variables>,
): Promise<Document<Data, unknown>> {
  if (!("definitions" in Object(document))) return String(document);
  const { print } = await import("./print.ts");
  return print(document as DocumentNode);
}
