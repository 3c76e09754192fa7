import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { anchorsOf, linksOf } from "./support/markdown.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The pages that people read, by path from the project's root. */
function pages(folder = ""): string[] {
  return [...Deno.readDirSync(join(ROOT, folder))].flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) return path.startsWith("docs") ? pages(path) : [];
    return name.endsWith(".md") ? [path] : [];
  });
}

/** What is wrong with a link of a page, or undefined. */
function wrongWith(link: string, page: string): string | undefined {
  if (/^[a-z]+:/.test(link)) return undefined;
  const [file = "", anchor] = link.split("#");
  const target = file === "" ? page : join(dirname(page), file);
  const path = join(ROOT, target);
  try {
    if (anchor === undefined) Deno.statSync(path);
    else if (!anchorsOf(Deno.readTextFileSync(path)).has(anchor)) return `${link}: no such heading`;
  } catch {
    return `${link}: no such file`;
  }
  return undefined;
}

Deno.test("every relative link of the documentation leads to a file and a heading that exist", () => {
  const all = pages();
  assert.ok(all.includes("README.md") && all.includes("docs/signing-in.md"), all.join(" "));
  const links = all.flatMap((page) =>
    linksOf(Deno.readTextFileSync(join(ROOT, page))).map((link) => ({ page, link }))
  );
  assert.ok(links.length > 50, `${links.length} links seen`);
  const wrong = links.flatMap(({ page, link }) => {
    const problem = wrongWith(link, page);
    return problem ? [`${page}: ${problem}`] : [];
  });
  assert.deepEqual(wrong, []);
});

Deno.test("a link to nowhere is found", () => {
  assert.equal(wrongWith("docs/nowhere.md", "README.md"), "docs/nowhere.md: no such file");
  assert.equal(wrongWith("#nowhere", "README.md"), "#nowhere: no such heading");
  assert.equal(wrongWith("https://example.com/", "README.md"), undefined);
});

Deno.test("the README fits in 250 lines and 12 KB, and links to every page", () => {
  const readme = Deno.readTextFileSync(join(ROOT, "README.md"));
  assert.ok(readme.split("\n").length <= 250 && new TextEncoder().encode(readme).length <= 12_000);
  const linked = new Set(linksOf(readme));
  const others = pages().filter((page) => page !== "README.md" && !page.startsWith("docs/decisions/"));
  assert.deepEqual(others.filter((page) => !linked.has(page)), []);
});
