/** The secret of a revealed Modal credential. */
export type ModalToken = { tokenId: string; tokenSecret: string };

/** The default address of Modal's clients. */
const DEFAULT_SERVER = "https://api.modal.com";

/** A configuration file for Modal's clients with this one profile, and a name for the file. */
export function modalProfile(
  workspace: string,
  { tokenId, tokenSecret }: ModalToken,
  serverUrl: string,
): { name: string; text: string } {
  const profile = workspace.replaceAll(/[^A-Za-z0-9_-]+/g, "-") || "sallyport";
  const server = new URL(serverUrl).origin === DEFAULT_SERVER
    ? []
    : [`server_url = ${JSON.stringify(serverUrl)}`];
  const lines = [
    `[${profile}]`,
    `token_id = ${JSON.stringify(tokenId)}`,
    `token_secret = ${JSON.stringify(tokenSecret)}`,
    ...server,
    "active = true",
  ];
  return { name: `modal-${profile}.toml`, text: `${lines.join("\n")}\n` };
}
