/** Knows the URL at which clients reach this server, without a trailing slash. */
export type HasPublicUrl = { publicUrl: () => string };

/** Knows the origins allowed for CORS and for redirects, besides our own. */
export type HasAllowedOrigins = { allowedOrigins: readonly string[] };
