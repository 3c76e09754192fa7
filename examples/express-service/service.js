const { createVerifier, KeysUnavailable, TokenRejected } = require("@sallyport/client/server");
const express = require("express");

const { SALLYPORT_URL = "http://127.0.0.1:4000", SALLYPORT_ISSUER = "urn:sallyport", PORT = "3000" } =
  process.env;

const verifier = createVerifier({
  issuer: SALLYPORT_ISSUER, // the server's PUBLIC_URL, if it has one
  jwksUrl: `${SALLYPORT_URL}/.well-known/jwks.json`,
});

const app = express();

/** All routes below need an access token. */
app.use(async (request, response, next) => {
  response.locals.session = await verifier.authenticate(request.headers.authorization);
  next();
});

app.get("/hello", (_request, response) => response.json({ hello: response.locals.session.userId }));

/** Express recognizes an error handler by its four parameters. */
app.use((error, _request, response, next) => {
  if (!(error instanceof TokenRejected || error instanceof KeysUnavailable)) return next(error);
  if (error instanceof TokenRejected) response.set("www-authenticate", error.wwwAuthenticate);
  response.status(error.status).send(error.message);
});

app.listen(Number(PORT), "127.0.0.1");
