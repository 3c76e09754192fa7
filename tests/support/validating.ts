import { createYoga } from "graphql-yoga";
import { buildSchema } from "../../schema/schema.ts";
import { hardening } from "../../src/http/graphql/hardening.ts";

/** The result of a document's validation: its time in milliseconds and its errors. */
export type Validated = { ms: number; errors: string[] };

/** Validates documents as the server does. A document with a syntax error counts as 0 ms. */
export function createValidating(): (document: string) => Validated {
  const yoga = createYoga({
    schema: buildSchema(),
    plugins: hardening(false),
    logging: false,
    parserAndValidationCache: false,
  });
  return (text) => {
    const { parse, validate, schema } = yoga.getEnveloped({});
    let document;
    try {
      document = parse(text);
    } catch (error) {
      return { ms: 0, errors: [String(error)] };
    }
    const begun = performance.now();
    const errors = validate(schema, document) as readonly Error[];
    return { ms: performance.now() - begun, errors: errors.map(({ message }) => message) };
  };
}
