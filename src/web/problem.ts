import { CannotReachServer, SallyportError } from "../client/sallyport.ts";

/** What people are told of an error: what happened, and what they can do. */
export function problemOf(error: unknown): string {
  if (error instanceof CannotReachServer) {
    return "The server cannot be reached. What you typed is still here: try again in a moment.";
  }
  if (!(error instanceof SallyportError)) return "Something went wrong. Try again.";
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
