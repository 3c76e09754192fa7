/**
 * Cache lifetime: one minute less than a new key is published before it signs, so caches always have it in
 * time.
 */
const CACHED_SECONDS = 240;

/** Answers for any page, because the content is public. */
function publicJson(content: unknown): Response {
  return Response.json(content, {
    headers: { "cache-control": `public, max-age=${CACHED_SECONDS}`, "access-control-allow-origin": "*" },
  });
}

export type WellKnownOptions = {
  /** The configured public URL, which is then the issuer of tokens. */
  publicUrl: string | undefined;
  /** The content of `/.well-known/jwks.json`. */
  jwks: () => unknown;
};

/** Returns what services and password managers load about this server. Undefined for other paths. */
export function answerWellKnown(
  pathname: string,
  { publicUrl, jwks }: WellKnownOptions,
): Response | undefined {
  switch (pathname) {
    case "/.well-known/jwks.json":
      return publicJson(jwks());
    case "/.well-known/oauth-authorization-server":
      return publicUrl === undefined ? undefined : publicJson(authorizationServer(publicUrl));
    // W3C: where password managers send a user whose password should change.
    case "/.well-known/change-password":
      return new Response(null, { status: 302, headers: { location: "/" } });
    default:
      return undefined;
  }
}

/**
 * Returns the metadata of the authorization server (RFC 8414). It issues tokens through its own API, so it supports no
 * grant of OAuth. The lists are empty and not omitted, because their defaults would claim the opposite.
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
