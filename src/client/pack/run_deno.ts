import { fileURLToPath } from "node:url";

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** Runs Deno in the repository, and returns its output. */
export async function runDeno(...args: string[]): Promise<Uint8Array<ArrayBuffer>> {
  const { success, stdout, stderr } = await new Deno.Command("deno", { args, cwd: ROOT }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr) || new TextDecoder().decode(stdout));
  return stdout;
}
