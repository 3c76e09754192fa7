import { cp, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { ENTRIES } from "../../src/client/pack/entries.ts";
import { compile } from "../../src/client/pack/pack.ts";
import { temporaryFolder } from "./server_process.ts";

/**
 * Loads React 18, and our components as CommonJS. They are in a folder of their own, because Deno resolves the peer
 * dependency of `react-dom` to the project's React.
 */
export async function loadReact18() {
  await using folder = await temporaryFolder();
  const modules = `${folder.path}/node_modules`;
  const folderOf = (name: string) => fileURLToPath(new URL(".", import.meta.resolve(name)));
  await cp(folderOf("react18"), `${modules}/react`, { recursive: true });
  await cp(folderOf("react-dom18"), `${modules}/react-dom`, { recursive: true });
  await symlink(`${folderOf("react-dom18")}../scheduler`, `${modules}/scheduler`);
  await compile(folder.path, "commonjs");
  await Deno.writeTextFile(`${folder.path}/package.json`, '{ "type": "commonjs" }');
  const require = createRequire(`${folder.path}/`);
  return {
    react: require("react"),
    client: require("react-dom/client"),
    server: require("react-dom/server"),
    library: require(`./${ENTRIES["./react"].module}.js`),
  };
}
