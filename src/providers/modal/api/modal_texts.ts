import type { Metadata } from "../grpc/grpc_status.ts";

/** Enough for a useful sentence, and short enough for a log line and a terminal. */
const MAX_TEXT_LENGTH = 300;
/** Maximum number of warnings in one response. */
const MAX_WARNINGS = 20;

/** Control, format and separator characters, such as line breaks, terminal escapes and marks that reorder text. */
const INVISIBLE = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * Cleans a server's text for display and storage: one line, no invisible characters, at most 300 characters, and
 * every occurrence of `secrets` replaced. Also replaces lone surrogates and U+0000, which jsonb in Postgres rejects.
 * The result is plain text, not HTML.
 */
export function cleanText(text: string, secrets: readonly string[] = []): string {
  let clean = text.toWellFormed().replace(INVISIBLE, " ").trim();
  for (const secret of secrets) if (secret) clean = clean.replaceAll(secret, "[secret]");
  return cut(clean);
}

function cut(text: string): string {
  const characters = [...text];
  return characters.length <= MAX_TEXT_LENGTH
    ? text
    : characters.slice(0, MAX_TEXT_LENGTH - 1).join("") + "…";
}

/**
 * Reads the warnings in `x-modal-warning` trailers (percent-encoded, several joined with commas) and in `more`.
 * Returns them cleaned, in order, without duplicates.
 */
export function readWarnings(trailers: Metadata, secrets: readonly string[], more: string[] = []): string[] {
  const sent = (trailers["x-modal-warning"] ?? "").split(",");
  const texts = [...more, ...sent.map(decodePercent)].map((text) => cleanText(text, secrets));
  return [...new Set(texts)].filter((text) => text !== "").slice(0, MAX_WARNINGS);
}

/** Decodes valid percent escapes and leaves the rest unchanged. */
function decodePercent(text: string): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
