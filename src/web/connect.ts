/** A window that an embedded dialog opens. It starts Google's authorization in the session of that dialog. */
import { CannotReachServer, SallyportError } from "../client/sallyport.ts";
import { problemOf } from "./problem.ts";

const opener: Window | null = globalThis.opener;

/** Starts the authorization and returns the URL of Google's page. The server uses the token and ignores the cookie. */
async function start(accessToken: unknown): Promise<string> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  const { authorizationUrl, error } = await fetch(location.pathname, { method: "POST", headers })
    .then((response) => response.json())
    .catch((cause) => {
      throw new CannotReachServer("No answer from the server", { cause });
    });
  if (error) throw new SallyportError(error);
  return authorizationUrl;
}

addEventListener("message", async (event) => {
  if (opener === null || event.source !== opener || event.origin !== location.origin) return;
  try {
    location.replace(await start(event.data?.accessToken));
  } catch (error) {
    document.querySelector("[role=status]")?.replaceChildren(problemOf(error));
  }
});
opener?.postMessage("ready", location.origin);
