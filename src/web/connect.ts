/**
 * A window that the dialog in another site's page opens: Google's authorization begins here, in the session of that.
 */
import { CannotReachServer, SallyportError } from "../client/sallyport.ts";
import { problemOf } from "./problem.ts";

const opener: Window | null = globalThis.opener;

/** Google's page. The server goes by the token alone: this browser may have somebody else's session in a cookie. */
async function start(accessToken: unknown): Promise<string> {
  const headers = { authorization: `Bearer ${accessToken}`, accept: "application/json" };
  const { authorizationUrl, error } = await fetch(location.pathname, { method: "POST", headers })
    .then((response) => response.json())
    .catch((cause) => {
      throw new CannotReachServer("The answer did not come", { cause });
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
