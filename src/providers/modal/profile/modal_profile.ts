import { basename, dirname, join } from "node:path";
import { InvalidInput } from "../../../lib/errors.ts";
import { Secret } from "../../../lib/secret.ts";
import { type Disk, replaceFile } from "./replace_file.ts";
import { editTable, isTable, type KeyChanges, parseToml } from "./toml_edit.ts";

/** Reads an environment variable, such as `Deno.env.get`. */
export type Environment = (name: string) => string | undefined;

/** Defaults of Modal's clients: first the JavaScript and Go clients, then the Python client since 2026-07. */
const DEFAULT_SERVER_URLS = ["https://api.modal.com", "https://api.modal.com,https://api.modal2.com"];

/**
 * Path of the profiles of Modal's clients: `MODAL_CONFIG_PATH` if set and not empty, else `.modal.toml` in the home
 * folder.
 */
export function modalConfigPath(env: Environment, home: string): string {
  return env("MODAL_CONFIG_PATH") || join(home, ".modal.toml");
}

/**
 * Name of the profile that a sign-in writes: `MODAL_PROFILE` if set and not empty, else the name of the workspace.
 */
export function modalProfileName(env: Environment, workspace: string): string {
  return env("MODAL_PROFILE") || workspace;
}

/** A profile to write, or one that was read. */
export type ModalProfile = {
  profile: string;
  tokenId: string;
  tokenSecret: Secret;
  serverUrl: string;
};

/**
 * Writes a profile as Modal's own client does: `token_id`, `token_secret`, `server_url` only if it is not the
 * default, and `active = true` only on the active profile. The profile becomes active if `activate` is set (the
 * default) or if the file has no profile yet. Everything else in the file is preserved.
 *
 * `replaceFile` replaces the file: atomically, with mode 0600, following links, and serialised with other writers. It
 * needs permission to read and write the file and `<file>.new` beside it; for a link also to read the link, and the
 * same for its target. This does not check whether Modal accepts the credentials.
 *
 * @throws InvalidInput that names the file and no secret if it cannot be written. The file is then unchanged.
 */
export async function writeModalProfile(
  input: ModalProfile & { path: string; activate?: boolean },
  disk?: Disk,
): Promise<void> {
  const { path, profile, activate = true } = input;
  if (profile === "") throw new InvalidInput("Cannot write a Modal profile: it needs a name");
  try {
    await replaceFile(path, (text) => withProfile(text, input, activate), disk);
  } catch (error) {
    throw new InvalidInput(
      `Cannot write Modal profile ${quoted(profile)} to ${path}: ${reason(error, path)}`,
    );
  }
}

function withProfile(text: string, input: ModalProfile, activate: boolean): string {
  const profiles = profilesOf(text);
  const active = activate || profiles.size === 0;
  const others = [...profiles].filter(([name, keys]) => active && name !== input.profile && "active" in keys);
  const cleared = others.reduce((text, [name]) => editTable(text, name, { active: undefined }), text);
  return editTable(cleared, input.profile, {
    token_id: input.tokenId,
    token_secret: input.tokenSecret.reveal(),
    ...serverChange(input.serverUrl, profiles.get(input.profile)?.server_url),
    ...(active ? { active: true } : {}),
  });
}

/** Removes a server URL that belongs to the profile's previous token, so that the new token is not sent there. */
function serverChange(serverUrl: string, written: unknown): KeyChanges {
  if (!isDefaultServer(serverUrl)) return { server_url: serverUrl };
  return isDefaultServer(written) ? {} : { server_url: undefined };
}

function isDefaultServer(url: unknown): boolean {
  return typeof url === "string" && DEFAULT_SERVER_URLS.includes(url.replaceAll(/(:443)?\/?(?=,|$)/g, ""));
}

function profilesOf(text: string) {
  return new Map(
    Object.entries(parseToml(text)).map(([name, keys]) => {
      if (isTable(keys)) return [name, keys];
      throw new Deno.errors.InvalidData(`${quoted(name)} stands outside of any profile`);
    }),
  );
}

/**
 * Reads the profile that Modal's clients would use: the one named by `MODAL_PROFILE`, else the active one, else
 * `default`. Returns undefined if it does not exist or has no token. Ignores variables that replace single settings;
 * see `environmentOverrides`.
 *
 * @throws InvalidInput if the file cannot be read or several profiles are active.
 */
export async function readModalProfile(path: string, env: Environment): Promise<ModalProfile | undefined> {
  try {
    return chosen(profilesOf(await Deno.readTextFile(path)), env("MODAL_PROFILE"));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new InvalidInput(`Cannot read the Modal profiles in ${path}: ${reason(error, path)}`);
  }
}

function chosen(
  profiles: ReturnType<typeof profilesOf>,
  named: string | undefined,
): ModalProfile | undefined {
  const active = [...profiles].filter(([, keys]) => keys.active === true).map(([name]) => name);
  if (!named && active.length > 1) {
    throw new Deno.errors.InvalidData(`several profiles are active: ${active.map(quoted).join(", ")}`);
  }
  const profile = named || (active[0] ?? "default");
  const { token_id, token_secret, server_url } = profiles.get(profile) ?? {};
  if (typeof token_id !== "string" || typeof token_secret !== "string") return undefined;
  const serverUrl = typeof server_url === "string" ? server_url : "https://api.modal.com";
  return { profile, tokenId: token_id, tokenSecret: new Secret(token_secret), serverUrl };
}

/** A variable that makes Modal's clients use other settings than the profile, and a sentence about its effect. */
export type EnvironmentOverride = { name: string; sentence: string };

/**
 * Finds the variables in `env` that override the profile just written to `path`. Empty variables count for the tokens
 * and the server, as in Modal's client, but not for the names. The sentences contain no token.
 */
export function environmentOverrides(
  env: Environment,
  written: { path: string; profile: string; serverUrl: string },
): EnvironmentOverride[] {
  const server = env("MODAL_SERVER_URL");
  const sameServer = server === undefined || server === written.serverUrl ||
    isDefaultServer(server) && isDefaultServer(written.serverUrl);
  const differs = (name: string, value: string) => !!env(name) && env(name) !== value;
  const overrides: [name: string, applies: boolean, effect: string][] = [
    ["MODAL_TOKEN_ID", env("MODAL_TOKEN_ID") !== undefined, "replaces the token id of every profile"],
    ["MODAL_TOKEN_SECRET", env("MODAL_TOKEN_SECRET") !== undefined, "replaces the secret of every profile"],
    [
      "MODAL_OAUTH_REFRESH_TOKEN",
      !!env("MODAL_OAUTH_REFRESH_TOKEN"),
      "clashes with a token: Modal refuses both",
    ],
    [
      "MODAL_PROFILE",
      differs("MODAL_PROFILE", written.profile),
      `selects ${quoted(env("MODAL_PROFILE") ?? "")} instead of ${quoted(written.profile)}`,
    ],
    ["MODAL_SERVER_URL", !sameServer, "sends every profile's token to another server"],
    ["MODAL_CONFIG_PATH", differs("MODAL_CONFIG_PATH", written.path), `makes Modal read another file`],
    ["MODAL_IS_REMOTE", env("MODAL_IS_REMOTE") === "1", "makes Modal ignore its configuration file"],
  ];
  return overrides.filter(([, applies]) => applies)
    .map(([name, , effect]) => ({ name, sentence: `${name} is set: it ${effect}` }));
}

/** Explains an error of the file system or the TOML document, without quoting the document. Rethrows other errors. */
function reason(error: unknown, path: string): string {
  if (error instanceof Deno.errors.NotFound) return `the folder ${dirname(path)} does not exist`;
  if (error instanceof Deno.errors.PermissionDenied) {
    return `it or the folder ${dirname(path)} does not allow it`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    const names = `${basename(path)} and ${basename(path)}.new (of what it links to, if it is a link)`;
    return `this program is not permitted to read and write ${names}`;
  }
  const isFileError = error instanceof Error && "code" in error;
  if (isFileError || Object.values(Deno.errors).some((kind) => error instanceof kind)) {
    return (error as Error).message;
  }
  throw error;
}

function quoted(name: string): string {
  return JSON.stringify(name);
}
