import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidInput } from "../../src/lib/errors.ts";
import { Secret } from "../../src/lib/secret.ts";

export const HOSTED = "https://api.modal.com";
export const acme = { profile: "acme", tokenId: "ak-1", tokenSecret: new Secret("as-1"), serverUrl: HOSTED };
/** A temporary folder for one test, with the file's path and the folder's content. */
export async function folder(content?: string) {
  const dir = await Deno.makeTempDir();
  const path = join(dir, ".modal.toml");
  if (content !== undefined) await Deno.writeTextFile(path, content);
  return {
    dir,
    path,
    text: () => Deno.readTextFile(path),
    mode: async (name = path) => ((await Deno.lstat(name)).mode ?? 0) & 0o777,
    names: () => [...Deno.readDirSync(dir)].map((entry) => entry.name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(dir, { recursive: true }),
  };
}

/** Runs `body` in another process with this repository's modules and only the permissions in `flags`. */
export async function script(body: string, ...flags: string[]) {
  const root = new URL("../../", import.meta.url);
  const file = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    file,
    `import { writeModalProfile } from "${root}src/providers/modal/profile/modal_profile.ts";
     import { Secret } from "${root}src/lib/secret.ts";
     const profile = { tokenId: "ak-9", tokenSecret: new Secret("as-9"), serverUrl: "${HOSTED}" };
     ${body}`,
  );
  const config = `--config=${fileURLToPath(new URL("deno.json", root))}`;
  const args = ["run", "--no-prompt", "--no-lock", config, ...flags, file];
  const command = new Deno.Command(Deno.execPath(), { args, stdout: "piped", stderr: "piped" });
  return await command.output().finally(() => Deno.remove(file));
}

/** Asserts that an error names the file and the problem, and contains no secret. */
export const refused = (path: string, state: RegExp) => (error: unknown) => {
  assert.ok(error instanceof InvalidInput);
  assert.ok(error.message.includes(path), error.message);
  assert.match(error.message, state);
  assert.doesNotMatch(error.message, /as-\d/);
  return true;
};
