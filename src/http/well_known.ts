/**
 * How long clients may cache the answers. A new key is published one minute longer than this before it signs, so caches
 * have it in time.
 */
const CACHED_SECONDS = 240;

/** Returns JSON that pages of all origins may read, because it is public. */
function publicJson(content: unknown): Response {
  return Response.json(content, {
    headers: { "cache-control": `public, max-age=${CACHED_SECONDS}`, "access-control-allow-origin": "*" },
  });
}

export type WellKnownOptions = {
  /** The configured public URL. If it is set, it is the issuer of tokens. */
  publicUrl: string | undefined;
  /** The content of `/.well-known/jwks.json`. */
  jwks: () => unknown;
  /** The content of `/.well-known/webauthn`: the origins of other sites that may use this server's passkeys. */
  relatedOrigins: () => { origins: readonly string[] };
};

/** Answers requests to `/.well-known/`, which services and password managers send. Undefined for unknown paths. */
export function answerWellKnown(
  pathname: string,
  { publicUrl, jwks, relatedOrigins }: WellKnownOptions,
): Response | undefined {
  switch (pathname) {
    case "/.well-known/jwks.json":
      return publicJson(jwks());
    case "/.well-known/oauth-authorization-server":
      return publicUrl === undefined ? undefined : publicJson(authorizationServer(publicUrl));
    // WebAuthn level 3 §5.11: browsers read it before a page of another site uses a passkey. It is never empty.
    case "/.well-known/webauthn": {
      const related = relatedOrigins();
      return related.origins.length > 0 ? publicJson(related) : undefined;
    }
    // W3C: password managers open this URL when a user should change the password.
    case "/.well-known/change-password":
      return new Response(null, { status: 302, headers: { location: "/" } });
    default:
      return undefined;
  }
}

/**
 * Returns the metadata of the authorization server (RFC 8414). It issues tokens through its own API, so it supports no
 * OAuth grant. The empty lists are necessary: without them, defaults apply that claim the opposite.
 */
function authorizationServer(issuer: string) {
  return {
    issuer,
    jwks_uri: `${issuer}/.well-known/jwks.json`,
    response_types_supported: [],
    response_modes_supported: [],
    grant_types_supported: [],
    token_endpoint_auth_methods_supported: [],
  };
}
