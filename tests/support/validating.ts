import { createYoga } from "graphql-yoga";
import { buildSchema } from "../../schema/schema.ts";
import { hardening } from "../../src/http/graphql/hardening.ts";

/** What became of a document: the milliseconds that its validation took, and what was found wrong with it. */
export type Validated = { ms: number; errors: string[] };

/** Validates documents as the server does; one that cannot be parsed is validated in no time. */
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
