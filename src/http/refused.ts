import { MalformedAuthorization } from "./authorization.ts";

/** A refusal before GraphQL was reached, in the shape of a GraphQL answer. */
export function refused(
  status: number,
  message: string,
  code: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });
}

/** RFC 6750 §3.1: a request that is malformed is answered with 400 and this challenge. */
export function malformedAuthorization(): Response {
  const { message, code } = new MalformedAuthorization();
  return refused(400, message, code, { "www-authenticate": 'Bearer error="invalid_request"' });
}
