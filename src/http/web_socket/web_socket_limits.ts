import { MOST_BODY_BYTES } from "../graphql/hardening.ts";
import type { ConnectionLimits } from "./web_socket_connection.ts";
import type { PlaceLimits } from "./web_socket_places.ts";

export type WebSocketLimits = ConnectionLimits & PlaceLimits & {
  /** Maximum bytes of one message, including all its fragments. */
  mostMessageBytes: number;
  /** Time limit for `connection_init`. */
  initMs: number;
  /** Interval of pings. A client that has not answered by the next one is disconnected. */
  pingMs: number;
  /** How long the server waits for the client's close frame. */
  closeMs: number;
};

export const DEFAULT_LIMITS: WebSocketLimits = {
  mostMessageBytes: MOST_BODY_BYTES,
  mostUnreadBytes: 1024 * 1024,
  mostOperations: 100,
  mostBytesUnderWay: 4 * MOST_BODY_BYTES,
  most: 200,
  mostAnonymous: 100,
  anonymousIdleMs: 10_000,
  initMs: 5_000,
  pingMs: 15_000,
  closeMs: 2_000,
};

/** Maximum fragments of one message: each takes an object, however small. */
export const MOST_FRAGMENTS = 1024;

/** Maximum reads for one frame: each takes a buffer. 64 KiB in packets of 536 bytes need 123. */
export const MOST_CHUNKS = 512;
