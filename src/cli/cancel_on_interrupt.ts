import type { Client } from "../client/operator/client.ts";
import { CancelFlow } from "../client/documents.ts";
import { print } from "./print.ts";

/** Exit code after Ctrl+C. */
const INTERRUPTED = 130;

/** Runs `work`. Ctrl+C cancels the flow and exits. */
export async function cancellingOnInterrupt<T>(
  client: Client,
  flowId: string,
  work: () => Promise<T>,
): Promise<T> {
  const cancel = async () => {
    await client.request(CancelFlow, { id: flowId }).catch(() => {});
    print("", "Cancelled");
    Deno.exit(INTERRUPTED);
  };
  const interrupted = () => void cancel();
  Deno.addSignalListener("SIGINT", interrupted);
  try {
    return await work();
  } finally {
    Deno.removeSignalListener("SIGINT", interrupted);
  }
}
