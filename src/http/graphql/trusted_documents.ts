import { usePersistedOperations } from "@graphql-yoga/plugin-persisted-operations";
import { type DocumentNode, GraphQLError, parse, print } from "graphql";
import type { Plugin } from "graphql-yoga";
import type { DocumentManifest } from "../../platform/config/trusted_documents_file.ts";
import ownDocuments from "./own_documents.json" with { type: "json" };

/** The documents that clients can send by id. With the mode `only`, all others are rejected. */
export type TrustedDocuments = { mode: "only" | "also"; manifest: DocumentManifest };

/**
 * Runs documents by their id. With the mode `only`, rejects all documents except those in the manifest and those of
 * Sallyport's own clients. Clients may also send a trusted document as text, in any formatting.
 */
export function trustedDocuments({ mode, manifest }: TrustedDocuments): Plugin[] {
  const byId = usePersistedOperations({
    allowArbitraryOperations: true,
    extractPersistedOperationId: (params) => documentIdOf(params) ?? null,
    getPersistedOperation: (id) => textOf(manifest, id) ?? null,
  });
  return mode === "also" ? [byId] : [byId, onlyTrusted([...Object.values(manifest), ...ownDocuments])];
}

type SentId = {
  extensions?: Readonly<Record<string, unknown>> | null | undefined;
  documentId?: unknown;
  doc_id?: unknown;
  id?: unknown;
};

/** Returns the id of the document, in any of the forms of Apollo, urql, Relay and the GraphQL over HTTP drafts. */
export function documentIdOf(params: SentId): string | undefined {
  const persisted = params.extensions?.["persistedQuery"];
  const hash = typeof persisted === "object" && persisted !== null && "sha256Hash" in persisted
    ? persisted.sha256Hash
    : undefined;
  const found = [hash, params.documentId, params.doc_id, params.id].find((each) => each !== undefined);
  return typeof found === "string" ? found : undefined;
}

export function textOf(manifest: DocumentManifest, id: string): string | undefined {
  return Object.hasOwn(manifest, id) ? manifest[id] : undefined;
}

function onlyTrusted(texts: readonly string[]): Plugin {
  const trusted = new Set(texts.map((text) => print(parse(text))));
  // Parsed documents are cached, so each is printed once.
  const known = new WeakMap<DocumentNode, boolean>();
  const isTrusted = (document: DocumentNode) => {
    const is = known.get(document) ?? trusted.has(print(document));
    known.set(document, is);
    return is;
  };
  return {
    onParse: () => ({ result, replaceParseResult }) => {
      if (result && !(result instanceof Error) && !isTrusted(result)) replaceParseResult(notTrusted());
    },
  };
}

function notTrusted(): GraphQLError {
  return new GraphQLError("This server runs only trusted documents, and this is not one of them", {
    extensions: { code: "DOCUMENT_NOT_TRUSTED", http: { status: 400, spec: true } },
  });
}
