/** The text of an operation, typed with its data and its variables. */
export type Document<Data, Variables> = string & { readonly types?: (variables: Variables) => Data };
