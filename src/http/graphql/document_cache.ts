import type { DocumentNode, Token } from "graphql";
import { LRUCache } from "lru-cache";

/** All documents together. A client's usual one weighs some 100 KB. */
const MOST_BYTES = 32 * 1024 * 1024;

/** Longer ones are parsed and validated each time. */
const MOST_CHARACTERS = 8 * 1024;

/** Measured: what V8 holds of a parsed document for each token, and for each character of a string with escapes. */
const BYTES_A_TOKEN = 512;
const BYTES_A_CHARACTER = 20;

/** The errors that validation remembers with a document: 25 at most, with their stacks. */
const BYTES_A_RESULT = 32 * 1024;

export type DocumentCache = {
  get(text: string): DocumentNode | undefined;
  set(text: string, document: DocumentNode): void;
};

/** Parsed documents by their text, bounded by the memory that they take. */
export function createDocumentCache(): DocumentCache & { readonly calculatedSize: number } {
  return new LRUCache<string, DocumentNode>({
    maxSize: MOST_BYTES,
    // What weighs more than everything may is not kept.
    sizeCalculation: (document, text) =>
      text.length > MOST_CHARACTERS ? MOST_BYTES + 1 : weight(text, document),
  });
}

function weight(text: string, { loc }: DocumentNode): number {
  let tokens = 0;
  for (let token: Token | null | undefined = loc?.startToken; token; token = token.next) tokens++;
  return BYTES_A_RESULT + BYTES_A_CHARACTER * text.length + BYTES_A_TOKEN * tokens;
}
