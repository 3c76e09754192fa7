import assert from "node:assert/strict";
import project from "../../deno.json" with { type: "json" };

const ROOT = new URL("../../", import.meta.url);

/** The packages of each row of the table, in the order of their versions. */
const PACKAGES: Record<string, string[]> = {
  "urql": ["urql"],
  "@urql/core": ["@urql/core"],
  "Apollo Client": ["@apollo/client"],
  "Relay": ["relay-runtime"],
  "relay-compiler": ["relay-compiler"],
  "graphql-ws": ["graphql-ws"],
  "graphql-sse": ["graphql-sse"],
  "graphql-codegen": ["@graphql-codegen/client-preset"],
  "graphql-tag, graphql": ["graphql-tag", "graphql"],
  "React": ["react", "react"],
  "Next.js": ["next"],
  "Hono": ["hono"],
  "Express": ["express"],
  "Fastify": ["fastify"],
  "Apollo Server": ["@apollo/server"],
  "GraphQL Yoga": ["graphql-yoga"],
  "jose": ["jose"],
};

/** Rows whose package is not from npm. */
const OTHERS = ["PyJWT"];

/** Returns `name@version` of each package that the tests and the examples use. */
function usedPackages(): Set<string> {
  const used = new Set(Object.values(project.imports).map((specifier) => specifier.replace(/^npm:/, "")));
  for (const { name } of Deno.readDirSync(new URL("examples/", ROOT))) {
    const path = new URL(`examples/${name}/package.json`, ROOT);
    if (name === "python-service") continue;
    const { dependencies, devDependencies } = JSON.parse(Deno.readTextFileSync(path));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      used.add(`${name}@${version}`);
    }
  }
  return used;
}

Deno.test("the table of tested clients names the versions that the tests and examples use", () => {
  const page = Deno.readTextFileSync(new URL("docs/clients.md", ROOT));
  const table = page.slice(page.indexOf("### Tested clients"), page.indexOf("## Services of your own"));
  const rows = [...table.matchAll(/^\| (.+?) +\| (.*?) +\|/gm)].slice(2);
  const names = rows.map(([, name]) => name);
  assert.deepEqual(names, [...Object.keys(PACKAGES), ...OTHERS]);
  const used = usedPackages();
  for (const [, name = "", versions = ""] of rows) {
    const found = versions.match(/\d+\.\d+\.\d+/g) ?? [];
    for (const [index, packageName] of (PACKAGES[name] ?? []).entries()) {
      assert.ok(used.has(`${packageName}@${found[index]}`), `${name}: ${versions}`);
    }
  }
});
