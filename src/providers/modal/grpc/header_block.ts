import { contentOf, Flag, type Frame, FrameType } from "./frames.ts";
import { MAX_HEADER_LIST_BYTES } from "./hpack.ts";

/**
 * Frames of 16 KiB reach the size limit after four. What comes in smaller pieces than that asks for work, not for us.
 */
const MAX_CONTINUATIONS = 16;

/**
 * Puts together the header blocks of one connection from HEADERS and CONTINUATION frames (RFC 9113 §6.10). The
 * parts are joined once, at the end: joined one by one, a flood of them costs the square of its size
 * (CVE-2024-27316).
 */
export class HeaderBlocks {
  #begun: Frame | undefined;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** RFC 9113 §4.3: nothing but its continuation may come before a block is whole. */
  mustContinue(type: number): boolean {
    return this.#begun !== undefined && type !== FrameType.CONTINUATION;
  }

  /** The HEADERS frame with its whole block, once that is there. Throws on what is no part of one, or too much. */
  add(frame: Frame): Frame | undefined {
    if (frame.type === FrameType.HEADERS) this.#begin(frame);
    else this.#continue(frame);
    if (this.#size > MAX_HEADER_LIST_BYTES) throw new Error("HTTP/2: headers too large");
    return frame.flags & Flag.END_HEADERS ? this.#take() : undefined;
  }

  #begin(frame: Frame) {
    const payload = contentOf(frame);
    this.#begun = frame;
    this.#parts = [payload];
    this.#size = payload.length;
  }

  #continue({ streamId, payload }: Frame) {
    if (this.#begun?.streamId !== streamId) throw new Error("HTTP/2: continuation of nothing");
    if (payload.length === 0 || this.#parts.length > MAX_CONTINUATIONS) {
      throw new Error("HTTP/2: headers in too many pieces");
    }
    this.#parts.push(payload);
    this.#size += payload.length;
  }

  #take(): Frame {
    const payload = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      payload.set(part, at);
      at += part.length;
    }
    const whole = { ...this.#begun!, payload };
    this.#begun = undefined;
    this.#parts = [];
    return whole;
  }
}
