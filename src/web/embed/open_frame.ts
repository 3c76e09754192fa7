import type { StoredTokens } from "../../client/sallyport.ts";
import { element } from "../element.ts";
import { talkWith } from "./talk.ts";

/** The frame with the dialog, over the page that embeds it. */
export type Frame = {
  /** Tells it that the session's tokens are these now. */
  told(tokens: StoredTokens | null): void;
  close(): void;
  /** Brings the person back to it. False when the page has dropped it, and another one is needed. */
  focus(): boolean;
};

export type FrameOptions = {
  /** Sallyport's origin. */
  server: string;
  /** The session that the page has. */
  tokens: () => StoredTokens | undefined;
  /** Renews it. Rejects when that could not be done. */
  renew: (accessToken: string) => Promise<unknown>;
  /** Told what the session's tokens are now, when somebody signed in there, went on, or signed out. */
  onTokens: (tokens: StoredTokens | null) => void;
  /** Told once, when it is gone. */
  onClosed: () => void;
};

/** So long a frame may take to be there; a browser does not say that one could not be loaded. */
const LOADING_MS = 15_000;

/** Not by a `style` in the page, which its policy may forbid; and out of reach of its own styles. */
const LOOK = `
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

/** Shows the frame, and until it is there that it is loading. Esc and a button end it at any time. */
export function openFrame({ server, tokens, renew, onTokens, onClosed }: FrameOptions): Frame {
  const words = element("p", { role: "status" }, "Loading…");
  const again = element("button", { type: "button", hidden: true, onclick: () => load() }, "Try again");
  const cancel = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const frame = element("iframe", { title: "Sign in", allow: "identity-credentials-get" });
  const dialog = element(
    "dialog",
    { ariaLabel: "Sign in" },
    element("section", {}, words, again, cancel),
    frame,
  );
  const host = element("div");
  const shadow = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(LOOK);
  shadow.adoptedStyleSheets = [sheet];
  shadow.append(dialog);
  document.body.append(host);
  dialog.showModal();

  let timer: number | undefined;
  const load = () => {
    dialog.className = "waiting";
    words.textContent = "Loading…";
    again.hidden = true;
    clearTimeout(timer);
    timer = setTimeout(
      () => failed("The sign-in page did not come: perhaps it may not be shown here."),
      LOADING_MS,
    );
    frame.src = `${server}/embed?origin=${encodeURIComponent(location.origin)}`;
    fetch(`${server}/healthz`, { mode: "no-cors" }).catch(() =>
      failed("The sign-in page cannot be reached.")
    );
  };
  const failed = (why: string) => {
    if (dialog.className === "") return;
    clearTimeout(timer);
    words.textContent = why;
    again.hidden = false;
  };
  load();

  const page = frame.contentWindow;
  if (!page) throw new TypeError("A frame in the page has a window");
  const talk = talkWith(page, server, (message) => {
    switch (message.type) {
      case "ready":
        clearTimeout(timer);
        dialog.className = "";
        talk.tell({ type: "open", tokens: tokens() ?? null });
        frame.focus();
        break;
      case "renew":
        void renew(message.accessToken).then(() => false, () => true)
          .then((failed) => talk.tell({ type: "renewed", tokens: tokens() ?? null, failed }));
        break;
      case "tokens":
        onTokens(message.tokens);
        break;
      case "closed":
        dialog.close();
    }
  });
  dialog.onclose = () => {
    clearTimeout(timer);
    talk.stop();
    host.remove();
    onClosed();
  };
  return {
    told: (tokens) => talk.tell({ type: "tokens", tokens }),
    close: () => dialog.close(),
    focus: () => {
      frame.focus();
      return host.isConnected;
    },
  };
}
