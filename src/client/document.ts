/** The text of an operation, which carries the types of its answer and its variables. */
export type Document<Data, Variables> = string & { readonly types?: (variables: Variables) => Data };
