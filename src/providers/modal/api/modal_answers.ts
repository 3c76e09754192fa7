import { Secret } from "../../../lib/secret.ts";
import type { CreatedTokenFlow, ModalToken, ModalTokenInfo, TokenFlowAnswer } from "./modal_api.ts";
import { badAnswer } from "./modal_failures.ts";
import type { ResponseOf, WireTimestamp } from "./modal_proto.ts";
import { cleanText } from "./modal_texts.ts";

/*
 * Validates and converts the responses of Modal. Proto3 cannot require a field, so any may be missing, and the values
 * are shown in terminals, linked on pages and stored. Each function throws `ModalRejected` ("other") if a required
 * value is missing or malformed. Names are cleaned.
 */

const FLOW_ID = /^[\w-]{1,200}$/;
const TOKEN_ID = /^ak-[\w-]{1,197}$/;
const TOKEN_SECRET = /^as-[\w-]{1,197}$/;
/** Sent back to Modal only, so all printable characters are allowed. */
const WAIT_SECRET = /^[\x20-\x7e]{1,2048}$/;
const MAX_URL_LENGTH = 2048;
/** Users type it. */
const MAX_CODE_LENGTH = 64;
/** Later dates have five-digit years, which neither Postgres nor most clients can read. */
const YEAR_10000 = Date.UTC(10_000);

export function readCreatedFlow(response: ResponseOf<"TokenFlowCreate">): CreatedTokenFlow {
  const { tokenFlowId, webUrl, waitSecret } = response;
  if (!tokenFlowId || !webUrl || !waitSecret) {
    throw badAnswer("TokenFlowCreate", "lacks the flow's id, its URL or its secret");
  }
  if (!FLOW_ID.test(tokenFlowId) || !WAIT_SECRET.test(waitSecret)) {
    throw badAnswer("TokenFlowCreate", "holds a malformed flow id or secret");
  }
  const code = cleanText(response.code);
  if (code.length > MAX_CODE_LENGTH) {
    throw badAnswer("TokenFlowCreate", "holds a code that is too long to type");
  }
  return { tokenFlowId, webUrl: readWebUrl(webUrl), code, waitSecret: new Secret(waitSecret) };
}

/** Normalises the URL, which removes control characters, line breaks and marks that reorder text. */
function readWebUrl(text: string): string {
  const url = URL.parse(text);
  // It is shown as a link. A link could run script, or appear to lead to the name before an "@".
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password) {
    throw badAnswer("TokenFlowCreate", "holds a URL that is not a web page's");
  }
  if (url.href.length > MAX_URL_LENGTH) throw badAnswer("TokenFlowCreate", "holds a URL that is too long");
  return url.href;
}

export function readWaitAnswer(response: ResponseOf<"TokenFlowWait">): TokenFlowAnswer {
  const { timeout, tokenId, tokenSecret } = response;
  if (timeout) return { kind: "pending" };
  if (!tokenId || !tokenSecret) {
    throw badAnswer("TokenFlowWait", "has neither a token nor a pending status");
  }
  if (!TOKEN_ID.test(tokenId) || !TOKEN_SECRET.test(tokenSecret)) {
    throw badAnswer("TokenFlowWait", "holds a token that does not look like one (ak-…, as-…)");
  }
  const token = { tokenId, tokenSecret: new Secret(tokenSecret) };
  const workspace = cleanText(response.workspaceUsername);
  return workspace ? { kind: "granted", token, workspace } : { kind: "granted", token };
}

/** Reads the name that Modal's own clients use for the profile, or the older field if only that is set. */
export function readWorkspaceName(response: ResponseOf<"WorkspaceNameLookup">): string {
  const name = cleanText(response.username || response.workspaceName);
  if (!name) throw badAnswer("WorkspaceNameLookup", "lacks the name");
  return name;
}

export function readTokenInfo(response: ResponseOf<"TokenInfoGet">, token: ModalToken): ModalTokenInfo {
  const { userIdentity, serviceUserIdentity } = response;
  if (response.tokenId && !TOKEN_ID.test(response.tokenId)) {
    throw badAnswer("TokenInfoGet", "holds a token id that does not look like one (ak-…)");
  }
  return {
    tokenId: response.tokenId || token.tokenId,
    workspaceName: cleanText(response.workspaceName),
    ...present("tokenName", cleanText(response.tokenName)),
    ...present("workspaceId", cleanText(response.workspaceId)),
    ...present("username", cleanText(userIdentity?.username || serviceUserIdentity?.serviceUserName || "")),
    ...present("createdAt", readTimestamp(response.createdAt)),
    ...present("expiresAt", readTimestamp(response.expiresAt)),
  };
}

/** Returns `{ [name]: value }`, or `{}` for an empty value. */
function present<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value ? { [name]: value } as { [P in K]: V } : {};
}

function readTimestamp(timestamp: WireTimestamp): Date | undefined {
  if (!timestamp) return undefined;
  const time = timestamp.seconds * 1000 + timestamp.nanos / 1e6;
  return time >= 0 && time < YEAR_10000 ? new Date(time) : undefined;
}
