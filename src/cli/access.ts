import { type Client, createClient } from "../client/operator/client.ts";
import { findServer } from "../client/operator/running_server.ts";
import { CommandFailed } from "./command.ts";

/**
 * Returns a client of the running server. Throws `CommandFailed` with the remedy if there is no server or
 * token.
 */
export async function connect(): Promise<Client> {
  const { url, token } = await findServer();
  if (!url) {
    throw new CommandFailed(
      "No server is running on this folder: start one with `deno task dev`, or set SALLYPORT_URL and SALLYPORT_TOKEN",
    );
  }
  if (!token) {
    throw new CommandFailed(
      "No operator token found: set SALLYPORT_TOKEN (create one with `operator create NAME`)",
    );
  }
  return createClient({ url, token });
}
