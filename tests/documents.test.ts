import assert from "node:assert/strict";
import { dirname, join } from "node:path/posix";
import { anchorsOf, fencesOf, linksOf } from "./support/markdown.ts";
import { stepsOf } from "./support/page_steps.ts";
import { isShownAs } from "./support/shown_output.ts";

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

Deno.test("a broken link is found", () => {
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

/** First lines of commands that `tests/slow/documents.test.ts` cannot run, or runs elsewhere on the same page. */
const NOT_RUN = [
  "npx -y deno@2.9.6 task dev",
  "npx -y deno@2.9.6 task test",
  "deno install --frozen",
  "deno task sallyport google import token.json",
  "createuser --pwprompt sallyport",
  "export SALLYPORT_URL=https://auth.example.com SALLYPORT_TOKEN=spo_…",
  "deno run -P=server --allow-read=.,/usr/bin/ldd,FILE src/main.ts serve",
  'run() { docker run --rm --env-file sallyport.env sallyport "$@"; }',
];

Deno.test("every command of the documentation is run by a test, except the named ones", () => {
  const commands = pages().flatMap((page) => fencesOf(Deno.readTextFileSync(join(ROOT, page))))
    .filter(({ language, words }) => ["sh", "console", "js"].includes(language) && !words.includes("run"))
    .filter(({ words }) => !words.some((word) => word.startsWith("file=")));
  assert.deepEqual(new Set(commands.map(({ text }) => text.split("\n")[0])), new Set(NOT_RUN));
});

Deno.test("a page's blocks become steps, with what they print", () => {
  const page = [
    "```js file=app.mjs\n1;\n```",
    "```sh run server port=4001\nserve\n```",
    "```console run fails\n$ one\n1\n$ two\n2\n```",
    "<!-- meanwhile: approve -->\n\n```sh run\nask\n```",
    "```json output\n{}\n```",
    "```sh\nnot run\n```",
  ].join("\n\n");
  assert.deepEqual(
    stepsOf(page).map(({ command, kind, fails, port, shown, meanwhile }) =>
      [command, kind, fails, port, shown, meanwhile].map((value) => value ?? "").join("|")
    ),
    [
      "cat > app.mjs <<'END OF FILE'\n1;\nEND OF FILE|run|false|||",
      "serve|server|false|4001||",
      "one|run|true||1\n|",
      "two|run|true||2\n|",
      "ask|run|false||{}\n|approve",
    ],
  );
});

Deno.test("output is compared with the page, apart from white space and values that change", () => {
  const shown = '{ "at": "2026-11-28T12:00:00Z", "id": "usr_01m8gzwxhne4cryg9b0f9g9v21", "token": "eyJ…" }';
  const printed =
    '{"at":"2027-01-01T01:02:03.456Z","id":"usr_01m8h012pwe4crygec8eampe88","token":"eyJhbGci"}';
  assert.ok(isShownAs(printed, shown));
  assert.ok(!isShownAs(printed.replace("usr_", "ses_"), shown));
  assert.ok(!isShownAs(printed.replace("token", "tokens"), shown));
  assert.ok(!isShownAs(`${printed}more`, shown));
  assert.ok(isShownAs(`first ${printed} more`, shown, true));
});
