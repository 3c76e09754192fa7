import process from "node:process";
import { createVerifier, KeysUnavailable, TokenRejected } from "@sallyport/client/server";
import Fastify from "fastify";

const { SALLYPORT_URL = "http://127.0.0.1:4000", SALLYPORT_ISSUER = "urn:sallyport", PORT = "3000" } =
  process.env;

const verifier = createVerifier({
  issuer: SALLYPORT_ISSUER, // the server's PUBLIC_URL, if it has one
  jwksUrl: `${SALLYPORT_URL}/.well-known/jwks.json`,
});

const app = Fastify();

/** All routes need an access token. */
app.decorateRequest("session", null);
app.addHook("onRequest", async (request) => {
  request.session = await verifier.authenticate(request.headers.authorization);
});

app.get("/hello", (request) => ({ hello: request.session.userId }));

app.setErrorHandler((error, _request, reply) => {
  if (error instanceof TokenRejected) {
    return reply.code(error.status).header("www-authenticate", error.wwwAuthenticate).send(error.message);
  }
  if (error instanceof KeysUnavailable) return reply.code(error.status).send(error.message);
  throw error;
});

await app.listen({ host: "127.0.0.1", port: Number(PORT) });
