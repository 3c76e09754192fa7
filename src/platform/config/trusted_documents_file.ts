import { readFileSync } from "node:fs";

/** The text of each trusted document by its id, which is usually the SHA-256 of the text. */
export type DocumentManifest = Readonly<Record<string, string>>;

/**
 * Reads a manifest: `{ "<id>": "<text>" }`, as GraphQL Code Generator and Relay's compiler write it, or Apollo's
 * `{ "format": "apollo-persisted-query-manifest", "operations": [{ "id", "body" }] }`.
 *
 * @throws Error if the file cannot be read or has another form.
 */
export function readDocumentManifest(path: string): DocumentManifest {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new Error("must be the path of a readable JSON file");
  }
  const entries = entriesOf(content);
  const isValid = entries?.every(([id, text]) => typeof id === "string" && typeof text === "string");
  if (!entries || !isValid) {
    throw new Error("must be a file with the text of each document by its id, or Apollo's manifest");
  }
  return Object.fromEntries(entries);
}

function entriesOf(content: unknown): [unknown, unknown][] | undefined {
  if (typeof content !== "object" || content === null || Array.isArray(content)) return undefined;
  if (!("operations" in content)) return Object.entries(content);
  const { operations } = content;
  if (!Array.isArray(operations)) return undefined;
  return operations.map((each: { id?: unknown; body?: unknown } | null) => [each?.id, each?.body]);
}
