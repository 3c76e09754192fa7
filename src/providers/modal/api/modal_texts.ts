import type { Metadata } from "../grpc/grpc_status.ts";

/** Longer than any sentence worth reading, short enough for a log line and a terminal. */
const MAX_TEXT_LENGTH = 300;
/** More warnings at once than this are noise. */
const MAX_WARNINGS = 20;

/** Control, format and separator characters: line breaks, terminal escapes, marks that reorder text. */
const UNSEEN = /[\s\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu;

/**
 * A server's text made fit to show and to store: one line, nothing unseen, at most 300 characters, and each of
 * `secrets` replaced wherever it stands. Postgres takes neither U+0000 nor half a surrogate pair in jsonb. It is
 * still text, not HTML.
 */
export function cleanText(text: string, secrets: readonly string[] = []): string {
  let clean = text.toWellFormed().replace(UNSEEN, " ").trim();
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
 * What the server warned of in `x-modal-warning` trailers (each value percent-encoded, several joined with
 * commas) and in `more`: cleaned, each once, in the order they came.
 */
export function readWarnings(trailers: Metadata, secrets: readonly string[], more: string[] = []): string[] {
  const sent = (trailers["x-modal-warning"] ?? "").split(",");
  const texts = [...more, ...sent.map(decodePercent)].map((text) => cleanText(text, secrets));
  return [...new Set(texts)].filter((text) => text !== "").slice(0, MAX_WARNINGS);
}

/** Decodes what is well-formed and leaves the rest as it came. */
function decodePercent(text: string): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, (escapes) => {
    try {
      return decodeURIComponent(escapes);
    } catch {
      return escapes;
    }
  });
}
