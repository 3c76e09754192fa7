import { CannotReachServer, type Client, RequestRefused } from "../src/client/operator/client.ts";
import { Greeting, type ServerGreeting } from "./documents/server.ts";
import { CannotStart } from "./options.ts";

/** Asks who is there. Throws `CannotStart` with one sentence for each thing that can be wrong. */
export async function greet(client: Client): Promise<ServerGreeting> {
  try {
    return await client.request(Greeting, {});
  } catch (error) {
    throw new CannotStart(sentence(error, client.url));
  }
}

function sentence(error: unknown, url: string): string {
  if (error instanceof CannotReachServer) {
    return `${error.message}: start it with \`deno task dev\`, or say where it is with --url`;
  }
  if (!(error instanceof RequestRefused)) throw error;
  switch (error.code) {
    case "UNAUTHENTICATED":
      return `${url} refuses the token: it is wrong, revoked or expired. Make one with \`deno task sallyport operator create NAME\``;
    case "FORBIDDEN":
      return `${url} wants an operator token: this one is a person's`;
    case "GRAPHQL_VALIDATION_FAILED":
      return `The server at ${url} is older than this terminal: ${error.message}. Use the terminal of its version`;
    default:
      return `${url} answers: ${error.message}`;
  }
}
