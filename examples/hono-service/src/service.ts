import { serve } from "@hono/node-server";
import {
  createVerifier,
  KeysUnavailable,
  TokenRejected,
  type VerifiedSession,
} from "@sallyport/client/server";
import { Hono } from "hono";

const { SALLYPORT_URL = "http://127.0.0.1:4000", SALLYPORT_ISSUER = "urn:sallyport", PORT = "3000" } =
  process.env;

const verifier = createVerifier({
  issuer: SALLYPORT_ISSUER, // the server's PUBLIC_URL, if it has one
  jwksUrl: `${SALLYPORT_URL}/.well-known/jwks.json`,
});

const app = new Hono<{ Variables: { session: VerifiedSession } }>();

/** All routes below need an access token. */
app.use(async (context, next) => {
  context.set("session", await verifier.authenticate(context.req.header("authorization")));
  await next();
});

app.get("/hello", (context) => context.json({ hello: context.get("session").userId }));

app.onError((error, context) => {
  if (error instanceof TokenRejected) {
    return context.text(error.message, error.status, { "www-authenticate": error.wwwAuthenticate });
  }
  if (error instanceof KeysUnavailable) return context.text(error.message, error.status);
  throw error;
});

serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(PORT) });
