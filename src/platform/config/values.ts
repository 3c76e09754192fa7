import { Cron } from "croner";
import { parseServerUrls } from "../db/server_urls.ts";
import { parseRootSecret } from "../keys/root_key.ts";
import { type Mailbox, parseMailbox } from "../mail/address.ts";
import { parseSmtpUrl } from "../mail/smtp_url.ts";
import { canonicalRange } from "../network/address_ranges.ts";
import { canonicalAddress } from "../network/ip_address.ts";
import { Secret } from "../../lib/secret.ts";

/**
 * Parsers of environment variables. Each throws an `Error` whose message continues after the variable's name:
 * `must be a whole number from 1 to 60`.
 */

export function text(shape: RegExp, what: string): (value: string) => string {
  return (value) => {
    if (!shape.test(value)) throw new Error(`must be ${what}`);
    return value;
  };
}

export function wholeNumber(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (!(number >= least && number <= most)) {
      throw new Error(`must be a whole number from ${least} to ${most}`);
    }
    return number;
  };
}

export function oneOf<T extends string>(...choices: T[]): (value: string) => T {
  return (value) => {
    const choice = choices.find((known) => known === value);
    if (!choice) throw new Error(`must be one of ${choices.join(", ")}`);
    return choice;
  };
}

export function list<T>(parse: (value: string) => T): (value: string) => T[] {
  return (value) => value.split(",").map((part) => part.trim()).filter((part) => part !== "").map(parse);
}

/** Parses an address or a range in CIDR notation, and returns its canonical form. */
export function addressRange(value: string): string {
  const range = canonicalRange(value);
  if (range === undefined) throw new Error("must be IP addresses or ranges like 10.0.0.0/8");
  return range;
}

/** Parses an address, with or without brackets, or a host name. Returns addresses in canonical form. */
export function listeningHost(value: string): string {
  const isName = /^[0-9a-zA-Z.-]+$/.test(value) && URL.canParse(`http://${value}/`);
  // Removing the zone (`%eth0`) would change the address.
  const host = value.includes("%") ? undefined : canonicalAddress(value) ?? (isName ? value : undefined);
  if (host === undefined) throw new Error("must be an address or a host name");
  return host;
}

/**
 * A name or an address. URLs allow other hosts, such as `*`, which would have a meaning in the headers that we
 * write.
 */
const HOST = /^([\w.-]+|\[[\da-f:.]+\])$/;

/** Parses the name of an HTTP header (RFC 9110 §5.1), and returns it in lower case. */
export function headerName(value: string): string {
  if (!/^[\w!#$%&'*+.^`|~-]{1,64}$/.test(value)) throw new Error("must be names of HTTP headers");
  return value.toLowerCase();
}

/** Parses an http(s) URL with only scheme, host and port. */
export function origin(value: string): string {
  const url = URL.parse(value);
  if (
    !url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash ||
    url.pathname !== "/" || !HOST.test(url.hostname)
  ) {
    throw new Error("must be the origin of a web site, like https://example.com, without a path");
  }
  return url.origin;
}

/** The value may hold a password, so no message repeats it. */
export function databaseUrl(value: string): Secret {
  parseServerUrls(value);
  return new Secret(value);
}

/** The value may hold a password, so no message repeats it. */
export function smtpUrl(value: string): Secret {
  if (!parseSmtpUrl(value)) throw new Error("must be a URL like smtps://user:password@mail.example.com");
  return new Secret(value);
}

export function mailFrom(value: string): Mailbox {
  const mailbox = parseMailbox(value);
  if (!mailbox) {
    throw new Error(
      "must be an e-mail address, or like Name <auth@example.com>, with ASCII alone before the @",
    );
  }
  return mailbox;
}

export function rootSecret(value: string): Secret<Uint8Array<ArrayBuffer>> {
  const bytes = parseRootSecret(value);
  if (!bytes) throw new Error("must be 32 bytes as base64url or hex: make one with `openssl rand -hex 32`");
  return new Secret(bytes);
}

export function cron(value: string): string {
  try {
    new Cron(value, { paused: true }).stop();
  } catch {
    throw new Error("must be a schedule in cron's five fields, like 0 */6 * * *");
  }
  return value;
}
