import type { RequestTemplate } from "./processes/http_request.ts";

/** Where the server under test thinks it is: the cookie's requests must come from a page of its own. */
export const OUR_ORIGIN = "http://127.0.0.1:4000";

/** A document for our server, with its variables; places for values may be in both. */
export function graphqlRequest(
  query: string,
  answers: RequestTemplate["answers"],
  more: {
    variables?: Record<string, unknown>;
    headers?: Record<string, string>;
    keep?: Record<string, string>;
  } = {},
): RequestTemplate {
  const { variables, headers, keep } = more;
  return {
    method: "POST",
    path: "/graphql",
    headers: { "content-type": "application/json", accept: "application/json", ...headers },
    body: JSON.stringify({ query, variables }),
    answers,
    ...(keep && { keep }),
  };
}
