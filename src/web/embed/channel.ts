import type { StoredTokens } from "../../client/sallyport.ts";

/** Messages between the page that embeds the dialog and the dialog's frame. */
export type Message =
  /** Frame: the dialog can be opened. */
  | { type: "ready" }
  /** Page: open the dialog with these tokens; null when no user is signed in. */
  | { type: "open"; tokens: StoredTokens | null }
  /** Both: the session has new tokens; null when it has ended. */
  | { type: "tokens"; tokens: StoredTokens | null }
  /** Frame: this access token has expired or was refused, so the page should renew it. */
  | { type: "renew"; accessToken: string }
  /** Page: the tokens after a renewal; unchanged when it `failed`. */
  | { type: "renewed"; tokens: StoredTokens | null; failed: boolean }
  /** Frame: the user has closed the dialog or has signed in. */
  | { type: "closed" };

export type Channel = {
  send(message: Message): void;
  close(): void;
};

/**
 * Exchanges messages with one window of one origin. Messages from other windows and origins are ignored, and the
 * browser delivers ours only while the window shows that origin: messages contain tokens.
 */
export function openChannel(other: Window, origin: string, onMessage: (message: Message) => void): Channel {
  const listener = (event: MessageEvent) => {
    if (event.source !== other || event.origin !== origin) return;
    const message = event.data?.sallyport as Message | undefined;
    if (typeof message?.type === "string") onMessage(message);
  };
  addEventListener("message", listener);
  return {
    send: (message) => other.postMessage({ sallyport: message }, origin),
    close: () => removeEventListener("message", listener),
  };
}
