import { GoogleClientRefused, GoogleGrantRefused, GoogleUnreachable } from "./google_api.ts";
import { type HttpAnswer, NoAnswer } from "./google_http.ts";

/** What each call is for, to finish the sentence "Cannot …: …". */
export type GoogleAction =
  | "finish the Google authorization"
  | "refresh the Google tokens"
  | "revoke the Google grant";

/** Google answered, and not with what was asked for. */
export class NotGranted extends Error {
  override readonly name = "NotGranted";
  constructor(readonly answer: HttpAnswer) {
    super(`Google answered ${answer.status}`);
  }
}

/** The error that callers are told of. What is not about Google is thrown as it is. */
export function toGoogleError(action: GoogleAction, error: unknown): unknown {
  if (error instanceof NoAnswer) return new GoogleUnreachable(action, error.message);
  if (!(error instanceof NotGranted)) return error;
  const { status } = error.answer;
  if (status >= 500 || status === 429) return new GoogleUnreachable(action, `Google answers ${status}`);
  const word = errorWord(error.answer.text);
  if (word === undefined) return badAnswer(action);
  return word === "invalid_grant" ? new GoogleGrantRefused(action) : new GoogleClientRefused(action, word);
}

/** What came is not what Google's token endpoint answers: something in between, perhaps. */
export function badAnswer(action: GoogleAction): GoogleUnreachable {
  return new GoogleUnreachable(action, "what answers does not answer as Google does");
}

/** RFC 6749 §5.2: the `error` of a refusal, when it looks like one. */
export function errorWord(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: unknown };
    return typeof error === "string" && /^[a-z_]{1,60}$/.test(error) ? error : undefined;
  } catch {
    return undefined;
  }
}
