/** The server answered a mutation with an error of its union; the message says it, with what to do about it. */
export class Refused extends Error {
  override readonly name = "Refused";
}

/** The success of a mutation. Throws `Refused` when it is another one of its answers. */
export function succeeded<Answer extends { __typename: string }, Name extends Answer["__typename"]>(
  answer: Answer,
  name: Name,
): Extract<Answer, { __typename: Name }> {
  if (answer.__typename === name) return answer as Extract<Answer, { __typename: Name }>;
  const { message = "The server refused", actionRequired } = answer as {
    message?: string;
    actionRequired?: string | null;
  };
  throw new Refused(actionRequired ? `${message}. ${actionRequired}` : message);
}
