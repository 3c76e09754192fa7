/** A window that the dialog in another site's page opens: Google's authorization begins here, in the session of that. */
import { createSallyport } from "../client/sallyport.ts";
import { problemOf } from "./problem.ts";

const opener: Window | null = globalThis.opener;

addEventListener("message", async (event) => {
  if (opener === null || event.source !== opener || event.origin !== location.origin) return;
  const asSignedIn = (request: Request) => {
    request.headers.set("authorization", `Bearer ${event.data?.accessToken}`);
    return fetch(request);
  };
  const client = createSallyport({ url: location.origin, fetch: asSignedIn });
  try {
    location.replace((await client.startGoogleAuthorization()).authorizationUrl);
  } catch (error) {
    document.querySelector("[role=status]")?.replaceChildren(problemOf(error));
  }
});
opener?.postMessage("ready", location.origin);
