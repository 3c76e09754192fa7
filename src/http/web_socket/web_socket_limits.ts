import { MOST_BODY_BYTES } from "../graphql/hardening.ts";
import type { ConnectionLimits } from "./web_socket_connection.ts";
import type { PlaceLimits } from "./web_socket_places.ts";

export type WebSocketLimits = ConnectionLimits & PlaceLimits & {
  /** Bytes of one message, its fragments together. */
  mostMessageBytes: number;
  /** A client that has not sent `connection_init` by then is disconnected. */
  initMs: number;
  /** A client that has not answered a ping when the next one is due is disconnected. */
  pingMs: number;
  /** How long we wait for a client to answer our close frame. */
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

/** Fragments of one message: each is an object of its own, however few bytes it has. */
export const MOST_FRAGMENTS = 1024;

/** Reads that a frame may arrive in: each holds a buffer of its own. 64 KiB in packets of 536 bytes are 123. */
export const MOST_CHUNKS = 512;
