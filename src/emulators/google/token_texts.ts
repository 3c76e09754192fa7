import type { GoogleState } from "./provider.ts";

/** What Google's tokens begin with. A code's has a slash, so that whoever forgets to encode one finds out here. */
const PREFIXES = { code: "4/", access_token: "ya29.", refresh_token: "1//" } as const;

type Kind = keyof typeof PREFIXES;

const MOST_SECRETS = 10_000;

/** The provider's token in Google's form; it is noted as a secret. */
export function dressed({ secrets }: Pick<GoogleState, "secrets">, kind: Kind, value: string): string {
  const text = PREFIXES[kind] + value;
  noteSecret(secrets, text);
  return text;
}

/** The provider's part of a token in Google's form; what has no such form is nobody's token. */
export function undressed(text: string): string {
  const prefix = Object.values(PREFIXES).find((each) => text.startsWith(each));
  return prefix ? text.slice(prefix.length) : "unknown";
}

export function noteSecret(secrets: string[], text: string): void {
  secrets.push(text);
  if (secrets.length > MOST_SECRETS) secrets.splice(0, MOST_SECRETS / 2);
}
