import { GraphQLError } from "graphql";
import type { GraphQLParams, Plugin } from "graphql-yoga";

/**
 * Parses requests and returns 400 for invalid JSON. Yoga reports invalid `variables` in a URL as a server
 * error, quotes an invalid body, and accepts only one spelling of the media type; the router has checked the
 * type.
 *
 * @param textOnly whether a request for a document by its id is refused
 */
export function requestParsing(textOnly: boolean): Plugin {
  return {
    onRequestParse({ request, requestParser, setRequestParser }) {
      if (request.method === "POST") return setRequestParser(parseBody);
      if (requestParser) setRequestParser((asked) => refusingSyntax(() => requestParser(asked)));
    },
    onParams: ({ params }) => void (textOnly && requireDocument(params)),
  };
}

async function parseBody(request: Request): Promise<GraphQLParams> {
  const text = await request.text();
  const body: unknown = refusingSyntax(() => JSON.parse(text));
  if (typeof body !== "object" || body === null) throw badRequest("The body must be a JSON object");
  return body;
}

/**
 * Throws if there is a document's hash instead of a document: clients with automatic persisted queries then
 * send the document, and no more hashes.
 */
function requireDocument({ query, extensions }: GraphQLParams): void {
  if (query !== undefined || !extensions?.["persistedQuery"]) return;
  throw new GraphQLError("PersistedQueryNotSupported", {
    extensions: { code: "PERSISTED_QUERY_NOT_SUPPORTED" },
  });
}

function refusingSyntax<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof SyntaxError) {
      throw badRequest("The body, variables or extensions are not valid JSON");
    }
    throw error;
  }
}

function badRequest(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: "BAD_REQUEST", http: { status: 400 } } });
}
