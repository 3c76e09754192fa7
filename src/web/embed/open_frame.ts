import type { StoredTokens } from "../../client/sallyport.ts";
import { element } from "../element.ts";
import { type Channel, type Message, openChannel } from "./channel.ts";

/** The frame with the dialog, over the page that embeds it. */
export type Frame = {
  /** Sends the session's new tokens to the frame. */
  setTokens(tokens: StoredTokens | null): void;
  close(): void;
  /** Focuses the frame. Returns false if the page has removed it. */
  focus(): boolean;
};

export type FrameOptions = {
  /** Sallyport's origin. */
  server: string;
  /** Returns the tokens of the page's session. */
  tokens: () => StoredTokens | undefined;
  /** Renews the tokens. Rejects if that failed. */
  renew: (accessToken: string) => Promise<unknown>;
  /** Called with the new tokens when the user signs in or out in the frame. */
  onTokens: (tokens: StoredTokens | null) => void;
  /** Called once, when the frame is closed. */
  onClosed: () => void;
};

/** Loading has failed after this time. Browsers do not report a frame that could not be loaded. */
const LOADING_MS = 15_000;

/** Used in a shadow root: the page's CSP may forbid a `style` element, and its own styles must not apply. */
const STYLE = `
  dialog { position: fixed; inset: 0; width: 100vw; height: 100dvh; max-width: none; max-height: none; margin: 0;
    padding: 0; border: 0; overflow: hidden; background: none; color-scheme: light dark; }
  dialog::backdrop { background: none; }
  iframe { width: 100%; height: 100%; border: 0; color-scheme: light dark; }
  .waiting { display: grid; place-items: center; background: rgb(0 0 0 / 45%); }
  .waiting iframe { display: none; }
  section { padding: 1rem 1.5rem; border-radius: 1rem; background: Canvas; color: CanvasText; font: 1rem system-ui; }
  section button { font: inherit; padding: 0.4rem 1rem; margin-right: 0.5rem; }
  dialog:not(.waiting) section { display: none; }
`;

/** Opens the frame, with a loading message until it is ready. Esc and a button close it at any time. */
export function openFrame({ server, tokens, renew, onTokens, onClosed }: FrameOptions): Frame {
  const message = element("p", { role: "status" }, "Loading…");
  const again = element("button", { type: "button", hidden: true, onclick: () => load() }, "Try again");
  const cancel = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = element(
    "dialog",
    { ariaLabel: "Sign in" },
    element("section", {}, message, again, cancel),
  );
  const host = element("div");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(dialog);
  document.body.append(host);
  dialog.showModal();

  let timer: number | undefined;
  let loading: Loading | undefined;
  const load = () => {
    dialog.className = "waiting";
    message.textContent = "Loading…";
    again.hidden = true;
    clearTimeout(timer);
    loading?.remove();
    const attempt = loading = loadInto(dialog, server, received);
    const failed = (why: string) => {
      if (dialog.className === "" || attempt !== loading) return;
      clearTimeout(timer);
      message.textContent = why;
      again.hidden = false;
    };
    timer = setTimeout(
      () => failed("The sign-in page did not load. It may not be allowed on this site."),
      LOADING_MS,
    );
    fetch(`${server}/healthz`, { mode: "no-cors" }).catch(() =>
      failed("The sign-in page cannot be reached.")
    );
  };
  const received = (message: Message) => {
    switch (message.type) {
      case "ready":
        clearTimeout(timer);
        dialog.className = "";
        send({ type: "open", tokens: tokens() ?? null });
        loading?.frame.focus();
        break;
      case "renew":
        void renew(message.accessToken).then(() => false, () => true)
          .then((failed) => send({ type: "renewed", tokens: tokens() ?? null, failed }));
        break;
      case "tokens":
        onTokens(message.tokens);
        break;
      case "closed":
        dialog.close();
    }
  };
  const send = (message: Message) => loading?.channel.send(message);
  load();
  dialog.onclose = () => {
    clearTimeout(timer);
    loading?.remove();
    host.remove();
    onClosed();
  };
  return {
    setTokens: (tokens) => send({ type: "tokens", tokens }),
    close: () => dialog.close(),
    focus: () => {
      loading?.frame.focus();
      return host.isConnected;
    },
  };
}

/** One attempt to load the frame. */
type Loading = { frame: HTMLIFrameElement; channel: Channel; remove(): void };

/**
 * Adds a new frame to the dialog. Every attempt has its own: Chrome ignores a navigation to the address that the frame
 * is still loading, so that "Try again" would do nothing.
 */
function loadInto(dialog: HTMLElement, server: string, onMessage: (message: Message) => void): Loading {
  const src = `${server}/embed?origin=${encodeURIComponent(location.origin)}`;
  const frame = element("iframe", {
    title: "Sign in",
    allow:
      "identity-credentials-get; publickey-credentials-get; publickey-credentials-create; clipboard-write",
    src,
  });
  dialog.append(frame);
  if (!frame.contentWindow) throw new TypeError("A frame in the page has a window");
  const channel = openChannel(frame.contentWindow, server, onMessage);
  const remove = () => {
    channel.close();
    frame.remove();
  };
  return { frame, channel, remove };
}
