import { CannotReachServer, RequestRefused } from "../src/client/operator/client.ts";

/** What a person is told when the server would not, or could not be asked. */
export function refusalSentence(error: unknown): string {
  if (error instanceof RequestRefused) {
    switch (error.code) {
      case "UNAUTHENTICATED":
        return "The server refuses this token: it is wrong, revoked or expired";
      case "FORBIDDEN":
        return "This needs an operator token with a higher role";
      case "GRAPHQL_VALIDATION_FAILED":
        return `The server is of another version than this terminal: ${error.message}`;
      default:
        return error.message;
    }
  }
  if (error instanceof CannotReachServer) return error.message;
  return error instanceof Error ? error.message : String(error);
}
