import { createVerifier, KeysUnavailable, TokenRejected } from "@sallyport/client/server";

const url = process.env.NEXT_PUBLIC_SALLYPORT_URL ?? "http://127.0.0.1:4000";

const verifier = createVerifier({
  issuer: process.env.SALLYPORT_ISSUER ?? "urn:sallyport", // the server's PUBLIC_URL, if it has one
  jwksUrl: `${url}/.well-known/jwks.json`,
});

export async function GET(request: Request): Promise<Response> {
  try {
    const { userId } = await verifier.authenticate(request.headers.get("authorization"));
    return Response.json({ hello: userId });
  } catch (error) {
    if (error instanceof TokenRejected) {
      const headers = { "www-authenticate": error.wwwAuthenticate };
      return new Response(error.message, { status: error.status, headers });
    }
    if (error instanceof KeysUnavailable) return new Response(error.message, { status: error.status });
    throw error;
  }
}
