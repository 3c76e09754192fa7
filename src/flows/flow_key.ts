import { equalBytes, fromBase64Url, sha256, toBase64Url } from "../lib/crypto.ts";
import { isId } from "../lib/ids.ts";

/** 128 bits, so a key cannot be guessed. */
const KEY_BYTES = 16;

/** A caller's reference to a flow: the plain id, or the id with its key (`heldBy`) and the hash of that text. */
export type FlowReference = { id: string; keyHash: Uint8Array; heldBy: string } | {
  id: string;
  keyHash?: never;
  heldBy?: never;
};

/**
 * Creates a key for the flow `id`, so that a client that has not signed in can use the flow. The client gets
 * `<id>.<key>` as the flow's id. Events and logs contain only the plain id, which gives no access. Only the SHA-256 of
 * `<id>.<key>` is stored.
 */
export function newFlowKey(
  id: string,
  random: (bytes: number) => Uint8Array,
): { heldBy: string; holderHash: Uint8Array } {
  const heldBy = `${id}.${toBase64Url(random(KEY_BYTES))}`;
  return { heldBy, holderHash: sha256(heldBy) };
}

/** Parses a flow id, with or without a key. Returns undefined if `text` is malformed. */
export function readFlowId(text: string): FlowReference | undefined {
  const [id = "", key, ...more] = text.length > 100 ? [] : text.split(".");
  if (!isId("flw", id) || more.length > 0) return undefined;
  if (key === undefined) return { id };
  return fromBase64Url(key)?.length === KEY_BYTES ? { id, keyHash: sha256(text), heldBy: text } : undefined;
}

/** Whether the reference contains the flow's key. */
export function holdsFlow(
  reference: FlowReference,
  flow: { holderHash: Uint8Array | null },
): reference is Extract<FlowReference, { heldBy: string }> {
  return reference.keyHash !== undefined && flow.holderHash !== null &&
    equalBytes(flow.holderHash, reference.keyHash);
}
