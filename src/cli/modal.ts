import { CannotReachServer, type Client } from "../client/operator/client.ts";
import type { ResultOf } from "../client/operator/graphql.ts";
import { WaitForModalTokenFlow } from "../client/documents.ts";
import { openBrowser } from "../client/operator/open_browser.ts";
import { StartModalTokenFlow, VerifyModalCredential } from "../client/operator/documents.ts";
import { succeeded } from "../client/operator/succeeded.ts";
import { serveLoopback } from "../providers/modal/profile/flow_loopback.ts";
import { backOffMs, sleep } from "../lib/sleep.ts";
import { connect } from "./access.ts";
import { cancellingOnInterrupt } from "./cancel_on_interrupt.ts";
import { CommandFailed, table } from "./command.ts";
import { Credentials, Watch } from "./modal_documents.ts";
import { overwriteLine, print, printError } from "./print.ts";
import { checkProfileWritable, writeProfile } from "./modal_write_profile.ts";

type LoginOptions = { writeProfile?: boolean; browser: boolean; source?: string; expiresIn?: number };

/**
 * Starts a flow, prints the page to approve it, and waits. Modal's page may ask our listener for the flow's id.
 */
export async function login(
  { writeProfile: writesProfile = false, browser, source = "", expiresIn = 0 }: LoginOptions,
): Promise<void> {
  const client = await connect();
  if (writesProfile) checkProfileWritable();
  await using listener = serveLoopback();
  const { startModalTokenFlow } = await client.request(StartModalTokenFlow, {
    input: {
      localhostPort: listener.port,
      utmSource: source,
      expiresInSeconds: expiresIn,
    },
  });
  const { flow } = succeeded(startModalTokenFlow, "ModalTokenFlowStarted");
  if (!flow.webUrl || !flow.tokenFlowId) throw new CommandFailed("The server started a flow without a page");
  listener.announce(flow.tokenFlowId);
  print("Open this page and approve:", "", `  ${flow.webUrl}`, "");
  if (flow.code) print("The code is", "", `  ${flow.code}`, "");
  if (browser && !await openBrowser(flow.webUrl)) {
    print("(No browser could be opened.)", "");
  }
  await cancellingOnInterrupt(client, flow.id, () => finish(client, flow.id, writesProfile));
}

/** Waits again for a flow that timed out. */
export async function waitAgain(id: string, writesProfile: boolean): Promise<void> {
  const client = await connect();
  if (writesProfile) checkProfileWritable();
  succeeded((await client.request(WaitForModalTokenFlow, { id })).result, "FlowChanged");
  await finish(client, id, writesProfile);
}

type Flow = ResultOf<typeof Watch>["modalTokenFlow"];

/** Shows progress while waiting, then the result. Throws `CommandFailed` unless the flow succeeded. */
async function finish(client: Client, id: string, writesProfile: boolean): Promise<void> {
  const flow = await watchUntilSettled(client, id);
  if (flow.status !== "SUCCEEDED" || !flow.credential) throw new CommandFailed(...outcome(id, flow));
  const { credential } = flow;
  print(
    `Signed in to the workspace ${flow.workspace || credential.label}`,
    `The token ${credential.tokenId} is stored as ${credential.id} (${credential.health})`,
  );
  if (writesProfile) await writeProfile(client, credential.id, flow.workspace || credential.label);
}

function outcome(id: string, { status, failure }: Flow): string[] {
  const why = failure ? `${failure.message}. ${failure.actionRequired ?? ""}`.trim() : "";
  const again = status === "TIMED_OUT" ? [`To wait again: deno task sallyport modal wait ${id}`] : [];
  return [`${status}${why ? `: ${why}` : ""}`, ...again];
}

/** Reconnect attempts before the command ends. The flow continues. */
const RECONNECT_TRIES = 20;

async function watchUntilSettled(client: Client, id: string): Promise<Flow> {
  for (let tries = 1;; tries++) {
    try {
      for await (const { modalTokenFlow: flow } of client.subscribe(Watch, { id })) {
        tries = 0;
        if (flow.status !== "PENDING" && flow.status !== "WAITING") {
          live("");
          return flow;
        }
        live(`Waiting for approval: poll ${flow.attempt} of ${flow.maxAttempts}, ${flow.pollSeconds} s each`);
      }
    } catch (error) {
      if (!(error instanceof CannotReachServer || error instanceof TypeError)) throw error;
    }
    if (tries >= RECONNECT_TRIES) {
      throw new CommandFailed(`Cannot reach the server. The flow continues; to wait again: modal wait ${id}`);
    }
    live("Cannot reach the server, trying again");
    await sleep(backOffMs(tries + 1, 250, 3_000));
  }
}

/** Overwrites the previous line on a terminal; elsewhere prints each different line once. */
function live(text: string): void {
  if (!overwriteLine("stdout", text) && text && text !== lastLine) print(text);
  lastLine = text;
}

let lastLine = "";

/** Verifies one token or all tokens with Modal. With all, it prints rejected ones as errors and continues. */
export async function tokenInfo(id: string | undefined): Promise<void> {
  const client = await connect();
  const { credentials } = await client.request(Credentials, {});
  const ids = id
    ? [id]
    : credentials.nodes.filter((node) => node.health !== "REVOKED").map((node) => node.id);
  if (ids.length === 0) {
    throw new CommandFailed("No Modal token is stored yet: create one with `modal login`");
  }
  for (const each of ids) {
    const { verifyModalCredential } = await client.request(VerifyModalCredential, { id: each });
    if (!id && verifyModalCredential.__typename !== "ModalVerified") {
      printError(`${each}: ${verifyModalCredential.message}`);
      Deno.exitCode = 1;
      continue;
    }
    const { credential, info } = succeeded(verifyModalCredential, "ModalVerified");
    print(...table([
      ["credential", credential.id],
      ["health", credential.health],
      ["token", info.tokenId],
      ["name", info.tokenName ?? "-"],
      ["workspace", `${info.workspaceName}${info.workspaceId ? ` (${info.workspaceId})` : ""}`],
      ["user", info.username ?? "-"],
      ["created", info.createdAt ?? "-"],
      ["expires", info.expiresAt ?? "never"],
    ]));
  }
}
