import type { StoredTokens } from "../../client/sallyport.ts";

/** What the page that embeds the dialog, and the dialog's frame, tell each other. */
export type Message =
  /** Frame: I can be opened. */
  | { type: "ready" }
  /** Page: show the dialog to whoever these tokens are of; null when nobody is signed in. */
  | { type: "open"; tokens: StoredTokens | null }
  /** Either: the session's tokens are these now; null when it has ended. */
  | { type: "tokens"; tokens: StoredTokens | null }
  /** Frame: this access token is over, or was refused; the session is the page's to renew. */
  | { type: "renew"; accessToken: string }
  /** Page: the session's tokens are these now; the same as before when `failed`. */
  | { type: "renewed"; tokens: StoredTokens | null; failed: boolean }
  /** Frame: the person has closed it, or has signed in. */
  | { type: "closed" };

export type Talk = {
  tell(message: Message): void;
  stop(): void;
};

/**
 * Talks with one window of one origin. What comes from any other window or origin is not heard, and the browser gives
 * nothing that is told to a window which shows another origin by then: messages carry tokens.
 */
export function talkWith(other: Window, origin: string, heard: (message: Message) => void): Talk {
  const listener = (event: MessageEvent) => {
    if (event.source !== other || event.origin !== origin) return;
    const message = event.data?.sallyport as Message | undefined;
    if (typeof message?.type === "string") heard(message);
  };
  addEventListener("message", listener);
  return {
    tell: (message) => other.postMessage({ sallyport: message }, origin),
    stop: () => removeEventListener("message", listener),
  };
}
