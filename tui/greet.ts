import { CannotReachServer, type Client, RequestRefused } from "../src/client/operator/client.ts";
import { Greeting, type ServerGreeting } from "./documents/server.ts";
import { CannotStart } from "./options.ts";

/** Asks the server for its version and the token's role. Throws `CannotStart` with the problem and the remedy. */
export async function greet(client: Client): Promise<ServerGreeting> {
  try {
    return await client.request(Greeting, {});
  } catch (error) {
    throw new CannotStart(messageFor(error, client.url));
  }
}

function messageFor(error: unknown, url: string): string {
  if (error instanceof CannotReachServer) {
    return `${error.message}. Start it with \`deno task dev\`, or give its address with --url`;
  }
  if (!(error instanceof RequestRefused)) throw error;
  switch (error.code) {
    case "UNAUTHENTICATED":
      return `${url} rejects the token: it is wrong, revoked or expired. Create one with \`deno task sallyport operator create NAME\``;
    case "FORBIDDEN":
      return `${url} needs an operator token, but this is a user's token`;
    case "GRAPHQL_VALIDATION_FAILED":
      return `The server at ${url} is older than this terminal: ${error.message}. Use the terminal of the same version`;
    default:
      return `${url} answered with an error: ${error.message}`;
  }
}
