/** The dialog in a frame of another site's page. The page owns the session and receives every change of its tokens. */
import { CannotReachServer, createSallyport, memoryStorage, type TokenStorage } from "../client/sallyport.ts";
import { createDialog, type Dialog } from "./dialog.ts";
import { connectInWindow } from "./embed/connect_in_window.ts";
import { frameAuthenticators } from "./embed/frame_authenticators.ts";
import { openChannel } from "./embed/channel.ts";
import { mirroredStorage } from "./embed/mirrored_storage.ts";
import type { Offers } from "./offers.ts";

const { offers = "{}", embedder = "" } = document.body.dataset;

/** If the page is on our own site, the browser would send the cookie of another session. */
const withoutCookies = (request: Request) => fetch(request, { credentials: "omit" });

/** Opens the dialog when the page asks. The server's `frame-ancestors` policy allows only pages of listed origins. */
function embedded(page: Window): void {
  const mirror = mirroredStorage(memoryStorage(), (tokens) => channel.send({ type: "tokens", tokens }));
  let renewing: PromiseWithResolvers<void> | undefined;
  const storage: TokenStorage = {
    ...mirror,
    renew: (accessToken) => {
      renewing = Promise.withResolvers();
      channel.send({ type: "renew", accessToken });
      return renewing.promise;
    },
  };
  const open = () => {
    const client = createSallyport({ url: location.origin, storage, fetch: withoutCookies });
    let wasSignedOut = false;
    const dialog = createDialog({
      client,
      offers: JSON.parse(offers) as Offers,
      connectGoogle: () => connectInWindow(client),
      authenticators: frameAuthenticators,
      onAuthState: ({ user }) => {
        // After a sign-in, the user returns to the page.
        if (user && wasSignedOut) dialog.close();
        wasSignedOut = user === null;
      },
      onClosed: () => {
        dialog.end();
        client.close();
        channel.send({ type: "closed" });
      },
    });
    document.body.replaceChildren(dialog.element);
    dialog.open();
    return dialog;
  };
  let dialog: Dialog | undefined;
  const channel = openChannel(page, embedder, (message) => {
    switch (message.type) {
      case "open":
        mirror.receive(message.tokens);
        dialog ??= open();
        break;
      case "tokens":
        mirror.receive(message.tokens);
        break;
      case "renewed":
        mirror.receive(message.tokens);
        if (message.failed) renewing?.reject(new CannotReachServer("The session could not be renewed"));
        else renewing?.resolve();
    }
  });
  channel.send({ type: "ready" });
}

if (parent === window) document.body.append("This page works only inside another page.");
else embedded(parent);
