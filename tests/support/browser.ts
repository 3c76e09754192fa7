import type { Fetch } from "../../src/http/router.ts";
import { mutate, PASSWORD, SIGN_IN, type SignInAnswer } from "./people.ts";
import { type Answer, ask, graphqlRequest, type Sent } from "./wire.ts";

/** The public URL of apps without `PUBLIC_URL`. */
export const OWN_ORIGIN = "http://127.0.0.1:4000";

/** A page's script in a browser that keeps cookies. */
export type Browser = {
  fetch: Fetch;
  /** The value of its `Cookie` header; undefined without cookies. */
  cookie(): string | undefined;
  /** The last `Set-Cookie` header, of the session cookie or of Google's. */
  lastSet(): string | undefined;
  /** The headers of its WebSocket upgrade. */
  headers(): Record<string, string>;
};

export function newBrowser(app: { fetch: Fetch }, origin: string = OWN_ORIGIN): Browser {
  const jar = new Map<string, string>();
  let last: string | undefined;
  const cookie = () => jar.size > 0 ? [...jar].map((pair) => pair.join("=")).join("; ") : undefined;
  const headers = () => ({ origin, ...(jar.size > 0 ? { cookie: cookie()! } : {}) });
  return {
    cookie,
    headers,
    lastSet: () => last,
    fetch: async (request, peer) => {
      const sent = new Request(request);
      for (const [name, value] of Object.entries(headers())) sent.headers.set(name, value);
      const response = await app.fetch(sent, peer);
      for (const set of response.headers.getSetCookie()) {
        if (!/^[\w-]+-device=/.test(set)) last = set;
        const [, name = "", value = ""] = /^([^=]+)=([^;]*)/.exec(set) ?? [];
        if (value) jar.set(name, value);
        else jar.delete(name);
      }
      return response;
    },
  };
}

/** Signs in with the transport COOKIE. */
export function signInWithCookie(app: { fetch: Fetch }, identifier: string, sent: Sent = {}) {
  return mutate<SignInAnswer>(app, SIGN_IN, { ...sent, variables: cookieInput(identifier) });
}

export function cookieInput(identifier: string) {
  return { input: { identifier, password: PASSWORD, transport: "COOKIE" } };
}

/** Subscribes over SSE and returns the first value. */
export function overSse(app: { fetch: Fetch }, query: string, sent: Sent = {}): Promise<Answer> {
  return ask(
    app,
    graphqlRequest(query, { ...sent, headers: { accept: "text/event-stream", ...sent.headers } }),
  );
}
