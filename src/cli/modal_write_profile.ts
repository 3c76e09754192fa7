import type { Client } from "../client/operator/client.ts";
import { RevealCredential } from "../client/operator/documents.ts";
import { succeeded } from "../client/operator/succeeded.ts";
import {
  environmentOverrides,
  modalConfigPath,
  modalProfileName,
  writeModalProfile,
} from "../providers/modal/profile/modal_profile.ts";
import { Secret } from "../lib/secret.ts";
import { CommandFailed } from "./command.ts";
import { Server } from "./modal_documents.ts";
import { print } from "./print.ts";

const env = (name: string) => Deno.env.get(name);

function profilePath(): string {
  const home = env("HOME") ?? env("USERPROFILE");
  if (!home) throw new CommandFailed("HOME is not set: set MODAL_CONFIG_PATH to the file's path");
  return modalConfigPath(env, home);
}

/**
 * Throws `CommandFailed` if this process may not write the file. Called first, so that the user does not
 * approve in vain.
 */
export function checkProfileWritable(): void {
  const path = profilePath();
  const files = [path, `${path}.new`];
  const granted = (name: "read" | "write") =>
    files.every((path) => Deno.permissions.querySync({ name, path }).state === "granted");
  if (granted("read") && granted("write")) return;
  const may = (more: string) => [more, ...files].join(",");
  throw new CommandFailed(
    `This task may not write ${path}. Run`,
    "",
    `  deno run -P=server --allow-run=xdg-open,open --allow-read=${may(".,/usr/bin/ldd")} ` +
      `--allow-write=${may(".data")} src/main.ts modal login --write-profile`,
  );
}

/**
 * Writes a credential's token into Modal's configuration file as the active profile. Prints environment
 * variables that would override it. The server records the reveal as an event.
 */
export async function writeProfile(client: Client, credentialId: string, workspace: string): Promise<void> {
  const path = profilePath();
  const { server } = await client.request(Server, {});
  const { revealCredential } = await client.request(RevealCredential, { id: credentialId });
  const { secret } = succeeded(revealCredential, "RevealedCredential");
  const { tokenId, tokenSecret } = secret as { tokenId: string; tokenSecret: string };
  const profile = modalProfileName(env, workspace);
  const serverUrl = server.modalServerUrl;
  await writeModalProfile({ path, profile, tokenId, tokenSecret: new Secret(tokenSecret), serverUrl });
  print(`Wrote the profile ${profile} to ${path}`);
  for (const { sentence } of environmentOverrides(env, { path, profile, serverUrl })) {
    print(`Note: ${sentence}`);
  }
}
