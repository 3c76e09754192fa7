import { type Metadata, status } from "../../providers/modal/grpc/grpc_status.ts";
import type { ModalMethod } from "../../providers/modal/api/modal_proto.ts";
import { Refusal } from "./refusal.ts";
import type { EmulatedToken, Tokens } from "./tokens.ts";

/** The Python client, the old JavaScript and Go clients, and today's two. Others are Modal's own machines. */
const PYTHON = "1";
const CLIENT_TYPES = [PYTHON, "7", "8", "9"];

/** Only these are called before there is a token. */
const ANONYMOUS: readonly ModalMethod[] = ["TokenFlowCreate", "TokenFlowWait"];

/** Refuses what is not one of Modal's clients, as the live service does (FAILED_PRECONDITION). */
export function checkClient(headers: Metadata): void {
  const type = required(headers, "x-modal-client-type");
  const version = required(headers, "x-modal-client-version");
  if (!CLIENT_TYPES.includes(type)) throw precondition("Unknown client type");
  if (type === PYTHON) required(headers, "x-modal-python-version");
  if (!/^\d+(\.\d+)+([.+-]?[a-z0-9]+)*$/i.test(version)) throw precondition("Invalid client version");
}

/** The caller's token; undefined where none is needed. A token that is sent must be right in either case. */
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
