import { isLoopbackHost } from "../../../platform/network/address_ranges.ts";
import { canonicalAddress } from "../../../platform/network/ip_address.ts";

/** The site that passkeys belong to. Pages of its `origins` may use them; the first origin is the server's own. */
export type RelyingParty = { id: string; name: string; origins: readonly string[] };

/** Provides the relying party. Without `PUBLIC_URL`, it is known only when the server listens. */
export type HasRelyingParty = { relyingParty: () => RelyingParty };

/** WebAuthn level 3 §5.11.1: browsers support at least five labels. Some support no more. */
const MOST_LABELS = 5;

/**
 * Returns the relying party of this server. Its id is the host of `publicUrl`: after a change of the host, no passkey
 * works. Ignores allowed origins with wildcards.
 */
export function relyingPartyOf(publicUrl: URL, allowedOrigins: readonly string[]): RelyingParty {
  const allowed = allowedOrigins.filter((each) => !each.includes("*") && URL.parse(each)?.origin === each);
  return {
    id: publicUrl.hostname,
    name: publicUrl.hostname,
    origins: [...new Set([publicUrl.origin, ...allowed])],
  };
}

/**
 * Replaces a loopback address in the URL by `localhost`, because browsers refuse passkeys at addresses. Without
 * `PUBLIC_URL`, the passkeys belong to this URL.
 */
export function atLocalhost(url: string): URL {
  const site = new URL(url);
  if (isLoopbackHost(site.hostname)) site.hostname = "localhost";
  return site;
}

/** Lists the reasons why browsers refuse passkeys, as sentences for operators. */
export function passkeyProblems(rp: RelyingParty): string[] {
  const insecure = rp.origins.filter((origin) => !isSecure(new URL(origin)));
  const { origins: related } = relatedOrigins(rp);
  const labels = new Set(related.map((origin) => registrableLabel(new URL(origin).hostname)));
  return [
    ...canonicalAddress(rp.id) === undefined ? [] : [
      `Passkeys need a domain name, but the host of this server is the address ${rp.id}. Set PUBLIC_URL to a URL with a domain name, or with localhost for development.`,
    ],
    ...insecure.map((origin) =>
      `Browsers refuse passkeys at ${origin}, because it is not HTTPS. Use https, or localhost for development.`
    ),
    ...related.map((origin) =>
      `Passkeys work at ${origin} only in browsers that support related origin requests, because its host is not ${rp.id} or a subdomain. These browsers read https://${rp.id}/.well-known/webauthn.`
    ),
    ...labels.size <= MOST_LABELS ? [] : [
      `Browsers accept passkeys from only ${MOST_LABELS} related sites, but ALLOWED_ORIGINS has ${labels.size}: ${
        [...labels].join(", ")
      }. Remove some, or serve their pages from subdomains of ${rp.id}.`,
    ],
  ];
}

/** Returns the JSON of `/.well-known/webauthn`: the origins that browsers accept only if it lists them. */
export function relatedOrigins(rp: RelyingParty): { origins: string[] } {
  return { origins: rp.origins.filter((origin) => !isWithin(new URL(origin).hostname, rp.id)) };
}

/** Whether the host is the id or a subdomain. A host of one label, such as localhost, is a public suffix: it has none. */
function isWithin(host: string, id: string): boolean {
  return host === id || (id.includes(".") && host.endsWith(`.${id}`));
}

function isSecure({ protocol, hostname }: URL): boolean {
  return protocol === "https:" || hostname === "localhost" || hostname.endsWith(".localhost");
}

/**
 * Approximates the registrable origin label (§5.11.1), the name before the public suffix, without a copy of the
 * Public Suffix List. The result only decides whether operators get a warning.
 */
function registrableLabel(host: string): string {
  const suffixLabels = /\.(ac|co|com|edu|gov|net|or|org)\.[a-z]{2}$/.test(host) ? 2 : 1;
  return host.split(".").at(-1 - suffixLabels) ?? host;
}
