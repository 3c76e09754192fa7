import { Refused } from "../src/client/operator/succeeded.ts";
import { CannotReachServer, RequestRefused } from "../src/client/operator/client.ts";

/** The message to show for a failed request, with the id of the request. */
export function refusalSentence(error: unknown): string {
  const isRefusal = error instanceof RequestRefused || error instanceof Refused;
  const sentence = messageOf(error);
  return isRefusal && error.requestId ? `${sentence} · ${error.requestId}` : sentence;
}

function messageOf(error: unknown): string {
  if (error instanceof RequestRefused) {
    switch (error.code) {
      case "UNAUTHENTICATED":
        return "The server rejects this token: it is wrong, revoked or expired";
      case "FORBIDDEN":
        return "This needs an operator token with a higher role";
      case "GRAPHQL_VALIDATION_FAILED":
        return `The server and this terminal have different versions: ${error.message}`;
      default:
        return error.message;
    }
  }
  if (error instanceof CannotReachServer) return error.message;
  return error instanceof Error ? error.message : String(error);
}
