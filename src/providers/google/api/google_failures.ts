import { GoogleClientRefused, GoogleGrantRefused, GoogleUnreachable } from "./google_api.ts";
import { type HttpAnswer, NoAnswer } from "./google_http.ts";

/** What a call does, as the end of the sentence "Cannot …: …". */
export type GoogleAction =
  | "finish the Google authorization"
  | "refresh the Google tokens"
  | "revoke the Google grant";

/** Google answered with an error status. */
export class NotGranted extends Error {
  override readonly name = "NotGranted";
  constructor(readonly answer: HttpAnswer) {
    super(`Google answered ${answer.status}`);
  }
}

/** Maps a failed call to an error for callers. Returns errors that are not about Google unchanged. */
export function toGoogleError(action: GoogleAction, error: unknown): unknown {
  if (error instanceof NoAnswer) return new GoogleUnreachable(action, error.message);
  if (!(error instanceof NotGranted)) return error;
  const { status } = error.answer;
  if (status >= 500 || status === 429) return new GoogleUnreachable(action, `Google answers ${status}`);
  const word = errorWord(error.answer.text);
  if (word === undefined) return badAnswer(action);
  return word === "invalid_grant" ? new GoogleGrantRefused(action) : new GoogleClientRefused(action, word);
}

/** The response does not follow the protocol; a proxy may have sent it. */
export function badAnswer(action: GoogleAction): GoogleUnreachable {
  return new GoogleUnreachable(action, "the response is not Google's");
}

/** RFC 6749 §5.2: the `error` of an error response; undefined if it is missing or malformed. */
export function errorWord(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" && /^[a-z_]{1,60}$/.test(error) ? error : undefined;
  } catch {
    return undefined;
  }
}
