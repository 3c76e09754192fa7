import { contentOf, Flag, type Frame, FrameType } from "./frames.ts";
import { MAX_HEADER_LIST_BYTES } from "./hpack.ts";

/** Four frames of 16 KiB reach the size limit. A peer that sends much smaller ones wastes our time. */
const MAX_CONTINUATIONS = 16;

/**
 * Assembles the header blocks of one connection from HEADERS and CONTINUATION frames (RFC 9113 §6.10). It joins the
 * parts once, at the end, because joining them one by one takes quadratic time under a flood (CVE-2024-27316).
 */
export class HeaderBlocks {
  #begun: Frame | undefined;
  #parts: Uint8Array[] = [];
  #size = 0;

  /** RFC 9113 §4.3: only its continuations may follow an incomplete block. */
  mustContinue(type: number): boolean {
    return this.#begun !== undefined && type !== FrameType.CONTINUATION;
  }

  /**
   * Adds a frame. Returns the HEADERS frame with its whole block once it is complete.
   *
   * @throws Error for a frame that does not belong to the block, and for too many or too large headers.
   */
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
