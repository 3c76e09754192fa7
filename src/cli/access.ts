import { type Client, createClient } from "../client/operator/client.ts";
import { findServer } from "../client/operator/running_server.ts";
import { CommandFailed } from "./command.ts";

/** A client of the running server. Throws `CommandFailed` with what to do when there is none to be found. */
export async function connect(): Promise<Client> {
  const { url, token } = await findServer();
  if (!url) {
    throw new CommandFailed(
      "No server is running on this folder: start one with `deno task dev`, or set SALLYPORT_URL",
    );
  }
  if (!token) {
    throw new CommandFailed(
      "There is no operator token: set SALLYPORT_TOKEN (make one with `operator create NAME`)",
    );
  }
  return createClient({ url, token });
}
