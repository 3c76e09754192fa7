import { element } from "./element.ts";
import { PasskeyError } from "../client/passkeys/passkey_error.ts";
import { CannotReachServer, RequestRefused, SallyportError } from "../client/sallyport.ts";

/** A problem in the browser, with a message for the user. */
export class Problem extends Error {
  override readonly name = "Problem";
}

/** The message for the user: the problem and the remedy. */
export function problemOf(error: unknown): string {
  if (error instanceof CannotReachServer) {
    return "The server cannot be reached. Your input is still here. Try again in a moment.";
  }
  if (error instanceof RequestRefused || error instanceof Problem || error instanceof PasskeyError) {
    return `${error.message}.`;
  }
  if (!(error instanceof SallyportError)) {
    // A bug: write it to the console.
    reportError(error);
    return "Something went wrong. Try again.";
  }
  const { message, actionRequired, retryAfterSeconds } = error;
  return [message, actionRequired, retryAfterSeconds && `Try again in ${span(retryAfterSeconds)}`]
    .filter((sentence) => sentence).map((sentence) => `${sentence}.`).join(" ");
}

/** The message, and below it the id of the refused request, for the user to read out to an operator. */
export function problemLines(error: unknown): (string | HTMLElement)[] {
  const request = requestOf(error);
  return [problemOf(error), ...(request ? [element("small", {}, request)] : [])];
}

function requestOf(error: unknown): string | undefined {
  const isRefusal = error instanceof SallyportError || error instanceof RequestRefused;
  return isRefusal && error.requestId ? `Request ${error.requestId}` : undefined;
}

/** The attempts left for a code. */
export function triesLeft(count: number): string {
  return count === 1 ? "One try left" : `${count === 0 ? "No" : count} tries left`;
}

/** A waiting time, rounded up to one unit. */
export function span(seconds: number): string {
  if (seconds < 90) return `${Math.ceil(seconds)} s`;
  const minutes = Math.ceil(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.ceil(minutes / 60)} h`;
}
