import { type Client, createClient } from "../client/client.ts";
import { dataDir, readIfThere, readServer } from "../data_dir.ts";
import { CommandFailed } from "./command.ts";

/** How a command reaches a server: the variables, or else what lies in `DATA_DIR`. */
export async function findServer(): Promise<{ url: string | undefined; token: string | undefined }> {
  const dir = dataDir(Deno.env.get("DATA_DIR") || ".data");
  const running = await readServer(dir);
  return {
    url: Deno.env.get("SALLYPORT_URL") || running?.url,
    token: Deno.env.get("SALLYPORT_TOKEN") || (await readIfThere(dir.operatorToken))?.trim(),
  };
}

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
