import type { GoogleState } from "./provider.ts";

/** The prefixes of Google's tokens. The slash in a code makes a missing URL-encoding fail here. */
const PREFIXES = { code: "4/", access_token: "ya29.", refresh_token: "1//" } as const;

type Kind = keyof typeof PREFIXES;

const MAX_SECRETS = 10_000;

/** Adds Google's prefix to a token of the provider, and records it as a secret. */
export function toGoogleForm({ secrets }: Pick<GoogleState, "secrets">, kind: Kind, value: string): string {
  const text = PREFIXES[kind] + value;
  recordSecret(secrets, text);
  return text;
}

/** Removes Google's prefix. A text without a prefix becomes an unknown token. */
export function fromGoogleForm(text: string): string {
  const prefix = Object.values(PREFIXES).find((each) => text.startsWith(each));
  return prefix ? text.slice(prefix.length) : "unknown";
}

export function recordSecret(secrets: string[], text: string): void {
  secrets.push(text);
  if (secrets.length > MAX_SECRETS) secrets.splice(0, MAX_SECRETS / 2);
}
