import type { Flow } from "../flows/flows.ts";
import type { Secret } from "../lib/secret.ts";
import type { Caller } from "../operations/caller.ts";

/** Binds an authorization to the browser that started it, by a cookie of its own. */
export type BrowserBinding = {
  /** Whether the request comes from a browser: it has an `Origin` header or one of our cookies. */
  isBrowser: boolean;
  /** The cookie's value. */
  value: Secret | null;
  /** Throws `Forbidden` if the response cannot set a cookie, or the request may come from another site. */
  check(): void;
  set(value: Secret, expiresAt: Date): void;
};

/** The parameters of our page that starts an authorization. */
export type ConsentRequest = { returnTo?: string | undefined; scopes?: string[] | undefined };

/** The parameters with which a provider redirects the browser back. Empty means absent. */
export type ConsentReturn = {
  state?: string | null | undefined;
  code?: string | null | undefined;
  error?: string | null | undefined;
  /** RFC 9207: the issuer of the response. */
  iss?: string | null | undefined;
};

/** Connects accounts of a provider that asks for consent on its own page and redirects the browser back. */
export type BrowserConsent = {
  configured: boolean;
  /** Throws if the provider is not configured, or a parameter is not allowed. */
  check(request: ConsentRequest): void;
  /** Starts an authorization for the caller, and returns the URL of the provider's page. */
  start(caller: Caller, request: ConsentRequest, browser: BrowserBinding): Promise<string>;
  /** Completes the authorization after the redirect back. */
  complete(
    caller: Caller,
    back: ConsentReturn,
    browser: Pick<BrowserBinding, "value">,
  ): Promise<{ flow: Flow; returnTo: string | null }>;
  /** The URL of our page that starts an authorization. */
  connectUrl(): string;
};

/** Returns the paths of our pages for a provider. `slug` is its name in paths and in the cookie's name. */
export function consentPaths(slug: string): { connect: string; window: string; callback: string } {
  return {
    connect: `/connect/${slug}`,
    window: `/connect/${slug}/window`,
    callback: `/auth/${slug}/callback`,
  };
}
