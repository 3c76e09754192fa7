import { Secret } from "../secret.ts";
import type { CreatedTokenFlow, ModalToken, ModalTokenInfo, TokenFlowAnswer } from "./modal_api.ts";
import { badAnswer } from "./modal_failures.ts";
import type { ResponseOf, WireTimestamp } from "./modal_proto.ts";
import { cleanText } from "./modal_texts.ts";

/*
 * What Modal answers, checked and in our own words. Proto3 cannot require a field, so an answer may lack any.
 * Each function throws `ModalRejected` ("other") when one is missing that nothing can be done without.
 */

export function readCreatedFlow(response: ResponseOf<"TokenFlowCreate">): CreatedTokenFlow {
  const { tokenFlowId, webUrl, waitSecret } = response;
  if (!tokenFlowId || !webUrl || !waitSecret) {
    throw badAnswer("TokenFlowCreate", "lacks the flow's id, its URL or its secret");
  }
  // It is shown as a link, and a link may run script.
  if (!/^https?:$/.test(URL.parse(webUrl)?.protocol ?? "")) {
    throw badAnswer("TokenFlowCreate", "holds a URL that is not a web page's");
  }
  return { tokenFlowId, webUrl, code: cleanText(response.code), waitSecret: new Secret(waitSecret) };
}

export function readWaitAnswer(response: ResponseOf<"TokenFlowWait">): TokenFlowAnswer {
  const { timeout, tokenId, tokenSecret } = response;
  if (timeout) return { kind: "pending" };
  if (!tokenId || !tokenSecret) {
    throw badAnswer("TokenFlowWait", "has neither a token nor word that it is pending");
  }
  if (!tokenId.startsWith("ak-") || !tokenSecret.startsWith("as-")) {
    throw badAnswer("TokenFlowWait", "holds a token that does not look like one (ak-…, as-…)");
  }
  const token = { tokenId, tokenSecret: new Secret(tokenSecret) };
  const workspace = cleanText(response.workspaceUsername);
  return workspace ? { kind: "granted", token, workspace } : { kind: "granted", token };
}

/** The name by which Modal's own clients call a profile; the older field where only that is filled. */
export function readWorkspaceName(response: ResponseOf<"WorkspaceNameLookup">): string {
  const name = cleanText(response.username || response.workspaceName);
  if (!name) throw badAnswer("WorkspaceNameLookup", "lacks the name");
  return name;
}

export function readTokenInfo(response: ResponseOf<"TokenInfoGet">, token: ModalToken): ModalTokenInfo {
  const { userIdentity, serviceUserIdentity } = response;
  return {
    tokenId: response.tokenId || token.tokenId,
    workspaceName: cleanText(response.workspaceName),
    ...present("tokenName", cleanText(response.tokenName)),
    ...present("workspaceId", response.workspaceId),
    ...present("username", cleanText(userIdentity?.username || serviceUserIdentity?.serviceUserName || "")),
    ...present("createdAt", readTimestamp(response.createdAt)),
    ...present("expiresAt", readTimestamp(response.expiresAt)),
  };
}

/** `{ [name]: value }`, or nothing where the value says nothing. */
function present<K extends string, V>(name: K, value: V | undefined): { [P in K]?: V } {
  return value ? { [name]: value } as { [P in K]: V } : {};
}

function readTimestamp(timestamp: WireTimestamp): Date | undefined {
  if (!timestamp) return undefined;
  const date = new Date(timestamp.seconds * 1000 + timestamp.nanos / 1e6);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
