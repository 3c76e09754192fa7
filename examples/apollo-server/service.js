import process from "node:process";
import { ApolloServer } from "@apollo/server";
import { startStandaloneServer } from "@apollo/server/standalone";
import { createVerifier } from "@sallyport/client/server";
import { GraphQLError } from "graphql";

const { SALLYPORT_URL = "http://127.0.0.1:4000", SALLYPORT_ISSUER = "urn:sallyport", PORT = "3000" } =
  process.env;

const verifier = createVerifier({
  issuer: SALLYPORT_ISSUER, // the server's PUBLIC_URL, if it has one
  jwksUrl: `${SALLYPORT_URL}/.well-known/jwks.json`,
});

/** All operations need an access token. */
const context = ({ req }) =>
  verifier.authenticate(req.headers.authorization).catch(({ message, status, wwwAuthenticate }) => {
    const headers = new Map(wwwAuthenticate ? [["www-authenticate", wwwAuthenticate]] : []);
    const code = status === 401 ? "UNAUTHENTICATED" : "UNAVAILABLE";
    throw new GraphQLError(message, { extensions: { code, http: { status, headers } } });
  });

const server = new ApolloServer({
  typeDefs: "type Query { hello: String }",
  resolvers: { Query: { hello: (_root, _args, { userId }) => userId } },
});

await startStandaloneServer(server, { context, listen: { host: "127.0.0.1", port: Number(PORT) } });
