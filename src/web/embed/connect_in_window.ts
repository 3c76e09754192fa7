import type { Sallyport } from "../../client/sallyport.ts";
import { Problem } from "../problem.ts";

/**
 * Connects Google in a new window. Google's callback needs our cookie, which browsers do not store in a frame of
 * another site, but do store in a window of ours. Must be called directly in a click handler: otherwise the browser
 * blocks the window.
 */
export async function connectInWindow(client: Sallyport): Promise<void> {
  const opened = open("/connect/google/window", "_blank", "popup,width=520,height=680");
  if (!opened) throw new Problem("The browser blocked Google's window. Allow pop-ups, then try again");
  const accessToken = client.accessToken();
  // Listen before awaiting the token: the window sends its request only once, and may load first.
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
