/** The dialog in a frame of another site's page: the session is the page's, which is told of every change. */
import { CannotReachServer, createSallyport, memoryStorage, type TokenStorage } from "../client/sallyport.ts";
import { createDialog, type Dialog } from "./dialog.ts";
import { connectInWindow } from "./embed/connect_in_window.ts";
import { talkWith } from "./embed/talk.ts";
import { mirroredStorage } from "./embed/mirrored_storage.ts";
import type { Offers } from "./offers.ts";

const { offers = "{}", embedder = "" } = document.body.dataset;

/**
 * A browser that takes the page for one of our own site would send a cookie along, of a session that is not the
 * page's.
 */
const withoutCookies = (request: Request) => fetch(request, { credentials: "omit" });

/** Opens the dialog when the page asks. The server has checked whose page may: the browser shows it in no other. */
function embedded(page: Window): void {
  const kept = mirroredStorage(memoryStorage(), (tokens) => talk.tell({ type: "tokens", tokens }));
  let renewing: PromiseWithResolvers<void> | undefined;
  const storage: TokenStorage = {
    ...kept,
    renew: (accessToken) => {
      renewing = Promise.withResolvers();
      talk.tell({ type: "renew", accessToken });
      return renewing.promise;
    },
  };
  const open = () => {
    const client = createSallyport({ url: location.origin, storage, fetch: withoutCookies });
    let wasNobody = false;
    const dialog = createDialog({
      client,
      offers: JSON.parse(offers) as Offers,
      connectGoogle: () => connectInWindow(client),
      onPerson: ({ user }) => {
        // Whoever came to sign in goes on with what they were doing.
        if (user && wasNobody) dialog.close();
        wasNobody = user === null;
      },
      onClosed: () => {
        dialog.end();
        client.close();
        talk.tell({ type: "closed" });
      },
    });
    document.body.replaceChildren(dialog.element);
    dialog.open();
    return dialog;
  };
  let dialog: Dialog | undefined;
  const talk = talkWith(page, embedder, (message) => {
    switch (message.type) {
      case "open":
        kept.told(message.tokens);
        dialog ??= open();
        break;
      case "tokens":
        kept.told(message.tokens);
        break;
      case "renewed":
        kept.told(message.tokens);
        if (message.failed) renewing?.reject(new CannotReachServer("The session could not be renewed"));
        else renewing?.resolve();
    }
  });
  talk.tell({ type: "ready" });
}

if (parent === window) document.body.append("This page is shown inside others.");
else embedded(parent);
