import { CannotReachServer, RequestRefused } from "../src/client/client.ts";

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

/** A mutation's answer: what it made, or the refusal in words. */
type Answer = { __typename: string };

/** The success of a mutation. Throws `Refused` with its message and advice otherwise. */
export function succeeded<T extends Answer, Name extends T["__typename"]>(
  answer: T,
  name: Name,
): Extract<T, { __typename: Name }> {
  if (answer.__typename === name) return answer as Extract<T, { __typename: Name }>;
  const { message = "The server refused", actionRequired } = answer as {
    message?: string;
    actionRequired?: string | null;
  };
  throw new Refused(actionRequired ? `${message}. ${actionRequired}` : message);
}

/** The server answered a mutation with an error of its union. */
export class Refused extends Error {
  override readonly name = "Refused";
}
