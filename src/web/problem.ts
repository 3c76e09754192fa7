import { CannotReachServer, RequestRefused, SallyportError } from "../client/sallyport.ts";

/** Something that went wrong here in the browser, in a sentence for people. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** What people are told of an error: what happened, and what they can do. */
export function problemOf(error: unknown): string {
  if (error instanceof CannotReachServer) {
    return "The server cannot be reached. What you typed is still here: try again in a moment.";
  }
  if (error instanceof RequestRefused || error instanceof Problem) return `${error.message}.`;
  if (!(error instanceof SallyportError)) {
    // A fault of ours: the console tells which.
    reportError(error);
    return "Something went wrong. Try again.";
  }
  const { message, actionRequired, retryAfterSeconds } = error;
  return [message, actionRequired, retryAfterSeconds && `Try again in ${span(retryAfterSeconds)}`]
    .filter((sentence) => sentence).map((sentence) => `${sentence}.`).join(" ");
}

/** A time to wait, as people say it. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
