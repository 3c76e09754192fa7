import { ErrorCode } from "./frames.ts";
import type { HeaderList } from "./hpack.ts";

/** gRPC's status codes. */
export const status = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

/** Headers or trailers by lower-case name. Repeated ones are joined with commas. */
export type Metadata = Readonly<Record<string, string>>;

/** A method of a service: its path and the serialisers of its messages. */
export type Method<Request, Response> = {
  path: string;
  requestSerialize(request: Request): Uint8Array;
  requestDeserialize(bytes: Uint8Array): Request;
  responseSerialize(response: Response): Uint8Array;
  responseDeserialize(bytes: Uint8Array): Response;
};

/** Maps an HTTP status to a gRPC status, for responses without one. */
export function statusOfHttp(httpStatus: number): number {
  if (httpStatus === 401) return status.UNAUTHENTICATED;
  if (httpStatus === 403) return status.PERMISSION_DENIED;
  if (httpStatus === 404) return status.UNIMPLEMENTED;
  return [429, 502, 503, 504].includes(httpStatus) ? status.UNAVAILABLE : status.UNKNOWN;
}

/** Maps the error code of a stream reset to a gRPC status. */
export function statusOfReset(code: number): number {
  if (code === ErrorCode.REFUSED_STREAM) return status.UNAVAILABLE;
  if (code === ErrorCode.CANCEL) return status.CANCELLED;
  if (code === ErrorCode.ENHANCE_YOUR_CALM) return status.RESOURCE_EXHAUSTED;
  return status.INTERNAL;
}

export function toMetadata(headers: HeaderList): Metadata {
  const metadata: Record<string, string> = Object.create(null);
  for (const [name, value] of headers) {
    metadata[name] = name in metadata ? `${metadata[name]},${value}` : value;
  }
  return metadata;
}
