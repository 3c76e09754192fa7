import { MalformedAuthorization } from "./authorization.ts";
import { MOST_BODY_BYTES } from "./graphql/hardening.ts";

/** The forms of subscriptions. */
export const STREAMING =
  "`accept: text/event-stream`, for server-sent events in the distinct connections mode, or a WebSocket with the subprotocol graphql-transport-ws";

/** Rejects a request before it reaches GraphQL, in the form of a GraphQL response. */
export function refused(
  status: number,
  message: string,
  code: string,
  headers: Record<string, string> = {},
): Response {
  return Response.json({ errors: [{ message, extensions: { code } }] }, { status, headers });
}

/** RFC 6750 §3.1: rejects a malformed request with 400 and this challenge. */
export function malformedAuthorization(): Response {
  const { message, code } = new MalformedAuthorization();
  return refused(400, message, code, { "www-authenticate": 'Bearer error="invalid_request"' });
}

/** Rejects a body that could not be read. */
export function refusedBody(problem: "too big" | "too slow" | "broken off"): Response {
  switch (problem) {
    case "too big":
      return refused(413, `The request's body is larger than ${MOST_BODY_BYTES / 1024} KiB`, "INVALID_INPUT");
    case "too slow":
      return refused(408, "The request's body did not arrive in time", "INVALID_INPUT");
    case "broken off":
      return refused(400, "The request's body is incomplete", "INVALID_INPUT");
  }
}
