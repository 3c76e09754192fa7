import { type Metadata, status } from "../../providers/modal/grpc/grpc_status.ts";
import type { ModalMethod } from "../../providers/modal/api/modal_proto.ts";
import { Refusal } from "./refusal.ts";
import type { EmulatedToken, Tokens } from "./tokens.ts";

/** The Python client, the old JavaScript and Go clients, and the present two. The other types are Modal's own. */
const PYTHON = "1";
const CLIENT_TYPES = [PYTHON, "7", "8", "9"];

/** Methods that work without a token. */
const ANONYMOUS: readonly ModalMethod[] = ["TokenFlowCreate", "TokenFlowWait"];

/** Refuses other clients than Modal's, as the live service does (FAILED_PRECONDITION). */
export function checkClient(headers: Metadata): void {
  const type = required(headers, "x-modal-client-type");
  const version = required(headers, "x-modal-client-version");
  if (!CLIENT_TYPES.includes(type)) throw precondition("Unknown client type");
  if (type === PYTHON) required(headers, "x-modal-python-version");
  if (!/^\d+(\.\d+)+([.+-]?[a-z0-9]+)*$/i.test(version)) throw precondition("Invalid client version");
}

/** Returns the caller's token; undefined if the method needs none. A token that is sent must always be valid. */
export function checkToken(
  method: ModalMethod,
  headers: Metadata,
  tokens: Tokens,
): EmulatedToken | undefined {
  const id = headers["x-modal-token-id"];
  const secret = headers["x-modal-token-secret"];
  if (ANONYMOUS.includes(method) && !id && !secret) return undefined;
  return tokens.check(id, secret);
}

function required(headers: Metadata, name: string): string {
  const value = headers[name];
  if (!value) throw precondition(`Missing ${name} header`);
  return value;
}

function precondition(text: string): Refusal {
  return new Refusal(status.FAILED_PRECONDITION, text);
}
