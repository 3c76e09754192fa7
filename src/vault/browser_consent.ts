import type { Flow } from "../flows/flows.ts";
import type { Secret } from "../lib/secret.ts";
import type { Caller } from "../operations/caller.ts";

/** How the browser is known that started an authorization: by a cookie that is for this alone. */
export type BrowserBinding = {
  /** Whether a browser asks: it names the page's origin, or brings a cookie of ours. */
  isBrowser: boolean;
  /** What the cookie holds. */
  value: Secret | null;
  /** Throws `Forbidden` when this answer cannot carry a cookie, or a page of another site may have asked for it. */
  check(): void;
  set(value: Secret, expiresAt: Date): void;
};

/** What our page that starts an authorization was opened for. */
export type ConsentRequest = { returnTo?: string | undefined; scopes?: string[] | undefined };

/** What a provider sends a browser back with. Empty means absent. */
export type ConsentReturn = {
  state?: string | null | undefined;
  code?: string | null | undefined;
  error?: string | null | undefined;
  /** RFC 9207: the provider that answers. */
  iss?: string | null | undefined;
};

/** Connecting accounts of a provider whose page asks the person and sends the browser back to ours. */
export type BrowserConsent = {
  configured: boolean;
  /** Throws when the provider is not configured, or the request is not one that it takes. */
  check(request: ConsentRequest): void;
  /** Starts an authorization for the caller, and returns the URL of the provider's page. */
  start(caller: Caller, request: ConsentRequest, browser: BrowserBinding): Promise<string>;
  /** Finishes the authorization that the browser comes back from. */
  complete(
    caller: Caller,
    back: ConsentReturn,
    browser: Pick<BrowserBinding, "value">,
  ): Promise<{ flow: Flow; returnTo: string | null }>;
  /** The URL of our page that starts an authorization. */
  connectUrl(): string;
};

/** The paths of our pages for a provider. `slug` is its name in them, and in the name of its cookie. */
export function consentPaths(slug: string): { connect: string; window: string; callback: string } {
  return {
    connect: `/connect/${slug}`,
    window: `/connect/${slug}/window`,
    callback: `/auth/${slug}/callback`,
  };
}
