import type { Sallyport } from "../../client/sallyport.ts";
import { Problem } from "../problem.ts";

/**
 * Connects Google in a window of its own. In a frame of another site's page no cookie of ours is kept, and by a cookie
 * the browser is known when it comes back from Google: so the authorization begins there, where we are the site.
 * Must be called while the browser lets a window be opened: right after the person has pressed something.
 */
export async function connectInWindow(client: Sallyport): Promise<void> {
  const opened = open("/connect/google/window", "_blank", "popup,width=520,height=680");
  if (!opened) throw new Problem("The browser has kept Google's window from opening");
  const accessToken = client.accessToken();
  // Listening before it is waited for: the window may be there first, and asks once.
  const answer = (event: MessageEvent) => {
    if (event.source !== opened || event.origin !== location.origin) return;
    removeEventListener("message", answer);
    accessToken.then(
      (accessToken) => opened.postMessage({ accessToken }, location.origin),
      () => opened.close(),
    );
  };
  addEventListener("message", answer);
  await accessToken;
}
