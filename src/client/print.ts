import { type ASTNode, print as printNode } from "@0no-co/graphql.web";
import type { DocumentNode } from "./document.ts";

/** Returns the text of a parsed document. In its own module, so that only applications with such documents load it. */
export function print(document: DocumentNode): string {
  return printNode(document as DocumentNode & ASTNode);
}
