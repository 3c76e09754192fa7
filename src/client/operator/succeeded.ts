/** The server refused a mutation. The message contains the problem and the remedy. */
export class Refused extends Error {
  override readonly name = "Refused";
  constructor(message: string, readonly requestId: string | undefined) {
    super(message);
  }
}

/** Returns the answer if it is the success `name`. Throws `Refused` otherwise. */
export function succeeded<Answer extends { __typename: string }, Name extends Answer["__typename"]>(
  answer: Answer,
  name: Name,
): Extract<Answer, { __typename: Name }> {
  if (answer.__typename === name) return answer as Extract<Answer, { __typename: Name }>;
  const { message = "The server refused", actionRequired, requestId } = answer as {
    message?: string;
    actionRequired?: string | null;
    requestId?: string | null;
  };
  throw new Refused(actionRequired ? `${message}. ${actionRequired}` : message, requestId ?? undefined);
}
