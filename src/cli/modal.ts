import { parseArgs } from "node:util";
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
import { CommandFailed, table, UsageError } from "./command.ts";
import { Credentials, Watch } from "./modal_documents.ts";
import { overwriteLine, print, printError } from "./print.ts";
import { checkProfileWritable, writeProfile } from "./modal_write_profile.ts";

const MODAL_USAGE = `modal login [--write-profile] [--no-browser] [--source NAME] [--expires-in SECONDS]
modal wait FLOW [--write-profile]
modal token info [CREDENTIAL]`;

const OPTIONS = {
  "write-profile": { type: "boolean", default: false },
  "no-browser": { type: "boolean", default: false },
  source: { type: "string", default: "" },
  "expires-in": { type: "string", default: "0" },
} as const;

/** `modal login|wait|token info`, as a client of a running server. */
export async function modal(args: string[]): Promise<void> {
  const work = parse(args);
  await work(await connect());
}

/** What the arguments ask for. Throws `UsageError` when it is nothing we know. */
function parse(args: string[]): (client: Client) => Promise<void> {
  const { positionals: [action, subject, third, more], values } = parseArgs({
    args,
    allowPositionals: true,
    options: OPTIONS,
  });
  const expiresInSeconds = Number(values["expires-in"]);
  if (!Number.isInteger(expiresInSeconds)) throw new UsageError("--expires-in must be a number of seconds");
  if (action === "login" && !subject) return (client) => login(client, { ...values, expiresInSeconds });
  if (action === "wait" && subject && !third) {
    return async (client) => {
      if (values["write-profile"]) checkProfileWritable();
      succeeded((await client.request(WaitForModalTokenFlow, { id: subject })).result, "FlowChanged");
      await finish(client, subject, values["write-profile"]);
    };
  }
  if (action === "token" && subject === "info" && !more) return (client) => tokenInfo(client, third);
  throw new UsageError(`Usage:\n${MODAL_USAGE}`);
}

type LoginOptions = {
  "write-profile": boolean;
  "no-browser": boolean;
  source: string;
  expiresInSeconds: number;
};

/** Starts a flow, shows where to approve it, and waits. Modal's page may ask our listener for the flow's id. */
async function login(client: Client, options: LoginOptions): Promise<void> {
  if (options["write-profile"]) checkProfileWritable();
  await using listener = serveLoopback();
  const { startModalTokenFlow } = await client.request(StartModalTokenFlow, {
    input: {
      localhostPort: listener.port,
      utmSource: options.source,
      expiresInSeconds: options.expiresInSeconds,
    },
  });
  const { flow } = succeeded(startModalTokenFlow, "ModalTokenFlowStarted");
  if (!flow.webUrl || !flow.tokenFlowId) throw new CommandFailed("The server started a flow without a page");
  listener.announce(flow.tokenFlowId);
  print("Open this page and approve:", "", `  ${flow.webUrl}`, "");
  if (flow.code) print("Its code is", "", `  ${flow.code}`, "");
  if (!options["no-browser"] && !await openBrowser(flow.webUrl)) {
    print("(No browser could be opened here.)", "");
  }
  await cancellingOnInterrupt(client, flow.id, () => finish(client, flow.id, options["write-profile"]));
}

type Flow = ResultOf<typeof Watch>["modalTokenFlow"];

/**
 * Shows a line that lives while the flow is waited for, then how it ended. Throws `CommandFailed` unless it
 * succeeded.
 */
async function finish(client: Client, id: string, writesProfile: boolean): Promise<void> {
  const flow = await watchUntilSettled(client, id);
  if (flow.status !== "SUCCEEDED" || !flow.credential) throw new CommandFailed(...outcome(id, flow));
  const { credential } = flow;
  print(
    `Signed in to the workspace ${flow.workspace || credential.label}`,
    `The token ${credential.tokenId} lies in the vault as ${credential.id} (${credential.health})`,
  );
  if (writesProfile) await writeProfile(client, credential.id, flow.workspace || credential.label);
}

function outcome(id: string, { status, failure }: Flow): string[] {
  const why = failure ? `${failure.message}. ${failure.actionRequired ?? ""}`.trim() : "";
  const again = status === "TIMED_OUT" ? [`To wait again: deno task sallyport modal wait ${id}`] : [];
  return [`${status}${why ? `: ${why}` : ""}`, ...again];
}

/** A server that is away for longer than this ends the command, not the flow. */
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
      throw new CommandFailed(`The server is away; the flow goes on: modal wait ${id}`);
    }
    live("The server is away, looking for it again");
    await sleep(backOffMs(tries + 1, 250, 3_000));
  }
}

/** Writes over the line before, on a terminal; elsewhere each line once. */
function live(text: string): void {
  if (!overwriteLine("stdout", text) && text && text !== lastLine) print(text);
  lastLine = text;
}

let lastLine = "";

/** Asks Modal about one token, or about each of them: one that is refused is said, and the others are shown. */
async function tokenInfo(client: Client, id: string | undefined): Promise<void> {
  const { credentials } = await client.request(Credentials, {});
  const ids = id
    ? [id]
    : credentials.nodes.filter((node) => node.health !== "REVOKED").map((node) => node.id);
  if (ids.length === 0) {
    throw new CommandFailed("There is no Modal token in the vault yet: make one with `modal login`");
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
