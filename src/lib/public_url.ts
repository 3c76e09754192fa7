/** Provides the public URL of this server, without a trailing slash. */
export type HasPublicUrl = { publicUrl: () => string };

/** Provides the origins allowed for CORS and for redirects, besides our own. */
export type HasAllowedOrigins = { allowedOrigins: readonly string[] };
