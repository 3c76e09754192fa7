import { equalBytes, fromBase64Url, sha256, toBase64Url } from "../lib/crypto.ts";
import { isId } from "../lib/ids.ts";

/** 128 bits: nobody guesses a key. */
const KEY_BYTES = 16;

/** What a caller asks for a flow by: its id, and perhaps its key. */
export type AskedFlow = { id: string; keyHash: Uint8Array; heldBy: string } | {
  id: string;
  keyHash?: never;
  heldBy?: never;
};

/**
 * A new key for the flow `id`, for whoever is nobody yet: `<id>.<key>` is the id that they know. The plain id stands
 * in events and logs, and leads nobody to the flow; of the key only its hash is stored.
 */
export function newFlowKey(
  id: string,
  random: (bytes: number) => Uint8Array,
): { heldBy: string; holderHash: Uint8Array } {
  const heldBy = `${id}.${toBase64Url(random(KEY_BYTES))}`;
  return { heldBy, holderHash: sha256(heldBy) };
}

/** Reads an id, with or without a key; undefined for what is neither. */
export function readFlowId(text: string): AskedFlow | undefined {
  const [id = "", key, ...more] = text.length > 100 ? [] : text.split(".");
  if (!isId("flw", id) || more.length > 0) return undefined;
  if (key === undefined) return { id };
  return fromBase64Url(key)?.length === KEY_BYTES ? { id, keyHash: sha256(text), heldBy: text } : undefined;
}

/** Whether the flow was asked for by its key. */
export function holdsFlow(
  asked: AskedFlow,
  flow: { holderHash: Uint8Array | null },
): asked is Extract<AskedFlow, { heldBy: string }> {
  return asked.keyHash !== undefined && flow.holderHash !== null &&
    equalBytes(flow.holderHash, asked.keyHash);
}
