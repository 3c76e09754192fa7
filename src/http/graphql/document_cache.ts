import type { DocumentNode, Token } from "graphql";
import { LRUCache } from "lru-cache";

/** Memory for all cached documents. A typical client's documents take about 100 KB. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Longer documents are not cached. */
const MOST_CHARACTERS = 8 * 1024;

/**
 * Measured: V8's memory for each token of a parsed document, and for each character of a string with escapes.
 */
const BYTES_A_TOKEN = 512;
const BYTES_A_CHARACTER = 20;

/** Memory for a document's validation errors: at most 25, with stacks. */
const BYTES_A_RESULT = 32 * 1024;

export type DocumentCache = {
  get(text: string): DocumentNode | undefined;
  set(text: string, document: DocumentNode): void;
};

/** Caches parsed documents by their text, limited by memory. */
export function createDocumentCache(): DocumentCache & { readonly calculatedSize: number } {
  return new LRUCache<string, DocumentNode>({
    maxSize: MOST_BYTES,
    // A document heavier than the whole cache is not kept.
    sizeCalculation: (document, text) =>
      text.length > MOST_CHARACTERS ? MOST_BYTES + 1 : weight(text, document),
  });
}

function weight(text: string, { loc }: DocumentNode): number {
  let tokens = 0;
  for (let token: Token | null | undefined = loc?.startToken; token; token = token.next) tokens++;
  return BYTES_A_RESULT + BYTES_A_CHARACTER * text.length + BYTES_A_TOKEN * tokens;
}
