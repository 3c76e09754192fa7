import assert from "node:assert/strict";
import { join } from "node:path";
import fc from "fast-check";
import { parse } from "smol-toml";
import {
  environmentOverrides,
  modalConfigPath,
  modalProfileName,
  readModalProfile,
  writeModalProfile,
} from "../../../src/providers/modal/profile/modal_profile.ts";
import { editTable } from "../../../src/providers/modal/profile/toml_edit.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { acme, folder, HOSTED, refused } from "../../support/modal_home.ts";
import { document, expectedText } from "../../support/odd_toml.ts";

Deno.test.sanitizer({ ops: true, resources: true });

const other = {
  profile: "other-ws",
  tokenId: "ak-2",
  tokenSecret: new Secret("as-2"),
  serverUrl: "http://127.0.0.1:9",
};

Deno.test("R38: files are written as Modal's own client writes them, byte for byte", async () => {
  await using home = await folder();
  await writeModalProfile({ ...acme, path: home.path, activate: false });
  assert.equal(await home.text(), '[acme]\ntoken_id = "ak-1"\ntoken_secret = "as-1"\nactive = true\n');

  await writeModalProfile({ ...other, path: home.path });
  assert.equal(
    await home.text(),
    '[acme]\ntoken_id = "ak-1"\ntoken_secret = "as-1"\n\n[other-ws]\ntoken_id = "ak-2"\ntoken_secret = "as-2"\n' +
      'server_url = "http://127.0.0.1:9"\nactive = true\n',
  );
  await writeModalProfile({ ...acme, profile: "we.ird name", path: home.path, activate: false });
  assert.match(await home.text(), /\n\n\["we\.ird name"\]\ntoken_id = "ak-1"\ntoken_secret = "as-1"\n$/);
});

Deno.test("R38: an edit makes exactly the requested changes and keeps all other bytes", () => {
  const bigints = { integersAsBigInt: "asNeeded" } as const;
  fc.assert(
    fc.property(document, fc.constantFrom("acme", "beta", "we.ird", "new"), (sections, name) => {
      const text = sections.map((section) => section.text).join("");
      const changes = { token_id: "ak-new", token_secret: "as-new", server_url: undefined, active: true };
      const edited = editTable(text, name, changes);
      assert.equal(edited, expectedText(sections, name, changes));
      const { server_url: _, ...set } = changes;
      const before = parse(text, bigints);
      const table = before[name] ??= Object.create(null);
      delete (table as Record<string, unknown>).server_url;
      assert.deepEqual(
        parse(edited, bigints),
        Object.assign(before, { [name]: Object.assign(table as object, set) }),
      );
    }),
    { numRuns: 500 },
  );
});

Deno.test("R38: the active mark moves to the new profile, unless activate is false", async () => {
  const both =
    '["acme"]  # mine\nactive=true # since May\nx = 1\n\n[ beta ]\n  active = false\n[beta.sub]\nactive = 1\n';
  await using home = await folder(both);
  await writeModalProfile({ ...acme, profile: "c", path: home.path, activate: false });
  const added = '\n[c]\ntoken_id = "ak-1"\ntoken_secret = "as-1"\n';
  assert.equal(await home.text(), both + added);
  await writeModalProfile({ ...acme, profile: "c", path: home.path });
  const cleared = '["acme"]  # mine\n# since May\nx = 1\n\n[ beta ]\n[beta.sub]\nactive = 1\n';
  assert.equal(await home.text(), `${cleared}${added}active = true\n`);
});

Deno.test("R38: dotted keys are extended as dotted keys, and inline tables are rejected", () => {
  assert.equal(
    editTable('a.token_id = "x" # c\nb.k = 1', "a", { token_id: "y\x7f", active: true }),
    'a.token_id = "y\\u007f" # c\na.active = true\nb.k = 1',
  );
  assert.equal(editTable("[a]\nk = 'v'\n", "a", { k: "v" }), "[a]\nk = 'v'\n");
  for (const text of ["a = { active = true }\n", "a = 1\n", "[[a]]\n", "[a\n"]) {
    assert.throws(() => editTable(text, "a", { active: undefined }), Deno.errors.InvalidData);
  }
});

Deno.test("R38: a new token does not inherit the URL of another server", async () => {
  await using home = await folder();
  await writeModalProfile({ ...other, path: home.path });
  await writeModalProfile({ ...other, path: home.path, serverUrl: `${HOSTED}:443` });
  assert.doesNotMatch(await home.text(), /server_url/);
  await Deno.writeTextFile(home.path, `[other-ws]\nserver_url = "${HOSTED}" # said aloud\n`);
  await writeModalProfile({ ...other, path: home.path, serverUrl: HOSTED });
  assert.match(await home.text(), /^server_url = "https:\/\/api\.modal\.com" # said aloud$/m);
});

Deno.test("R38: CRLF, a byte order mark and a missing final line end are kept", async () => {
  await using home = await folder('\uFEFF[acme]\r\ntoken_id = "x"\r\n# end');
  await writeModalProfile({ ...acme, path: home.path });
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  assert.deepEqual(
    decoder.decode(await Deno.readFile(home.path)),
    '\uFEFF[acme]\r\ntoken_id = "ak-1"\r\ntoken_secret = "as-1"\r\nactive = true\r\n# end',
  );
  assert.equal(editTable("\uFEFF[a]", "a", { active: true }), "\uFEFF[a]\nactive = true\n");
});

Deno.test("R38: a profile that cannot be written is rejected with a message, and the file is unchanged", async () => {
  const cases: [content: string, state: RegExp][] = [
    ['[a]\ntoken_secret = "as-7"\nbroken =\n', /line 3 is not valid TOML/],
    ['token_secret = "as-7"\n', /"token_secret" stands outside of any profile/],
    ["a = [1]\n", /"a" stands outside/],
    ["[[acme]]\nk = 1\n", /"acme" stands outside/],
    ['acme = { token_secret = "as-7" }\n', /write it under \[acme\]/],
    ["b = { active = true }\n", /write it under \[b\]/],
  ];
  for (const [content, state] of cases) {
    await using home = await folder(content);
    await assert.rejects(writeModalProfile({ ...acme, path: home.path }), refused(home.path, state));
    assert.equal(await home.text(), content);
    assert.deepEqual(home.names(), [".modal.toml"]);
  }
  await using home = await folder();
  const write = (path: string, name = "acme") => writeModalProfile({ ...acme, path, profile: name });
  await assert.rejects(write(home.dir), refused(home.dir, /not a regular file/));
  const missing = join(home.dir, "no", "x.toml");
  await assert.rejects(write(missing), refused(missing, /the folder .*no does not exist/));
  await assert.rejects(write(home.path, ""), /needs a name/);
  await Deno.writeFile(home.path, new Uint8Array([0x23, 0xff]));
  await assert.rejects(write(home.path), refused(home.path, /not UTF-8/));
  await Deno.mkdir(`${home.path}.new`);
  await assert.rejects(write(home.path), refused(home.path, /\.new is in the way/));
});

Deno.test("R38: the file, the profile and its overrides come from the environment", () => {
  const env = (variables: Record<string, string>) => (name: string) => variables[name];
  const home = join("/home", "ada");
  assert.equal(modalConfigPath(env({ MODAL_CONFIG_PATH: "" }), home), join(home, ".modal.toml"));
  assert.equal(modalConfigPath(env({ MODAL_CONFIG_PATH: "x.toml" }), home), "x.toml");
  assert.equal(modalProfileName(env({ MODAL_PROFILE: "" }), "acme"), "acme");
  assert.equal(modalProfileName(env({ MODAL_PROFILE: "p" }), "acme"), "p");

  const written = { path: "/x.toml", profile: "acme", serverUrl: HOSTED };
  const over = (variables: Record<string, string>) => environmentOverrides(env(variables), written);
  const harmless = {
    MODAL_PROFILE: "acme",
    MODAL_SERVER_URL: `${HOSTED}:443/`,
    MODAL_CONFIG_PATH: "/x.toml",
  };
  assert.deepEqual(over(harmless), []);
  const winning = {
    MODAL_TOKEN_ID: "ak-5",
    MODAL_TOKEN_SECRET: "as-5",
    MODAL_OAUTH_REFRESH_TOKEN: "as-6",
    MODAL_PROFILE: "p",
    MODAL_SERVER_URL: "http://127.0.0.1:9",
    MODAL_CONFIG_PATH: "/y.toml",
    MODAL_IS_REMOTE: "1",
  };
  assert.deepEqual(over(winning).map(({ name }) => name), Object.keys(winning));
  assert.match(over({ MODAL_PROFILE: "p" })[0]?.sentence ?? "", /MODAL_PROFILE is set: it selects "p"/);
  assert.doesNotMatch(JSON.stringify(over(winning)), /a[ks]-\d/);
});

Deno.test("R38: a profile is selected as Modal's clients select it", async () => {
  await using home = await folder();
  assert.equal(await readModalProfile(home.path, () => undefined), undefined);
  await writeModalProfile({ ...acme, profile: "default", path: home.path, activate: false });
  await writeModalProfile({ ...other, path: home.path });
  const read = async (profile?: string) => await readModalProfile(home.path, () => profile);
  assert.deepEqual(
    [(await read())?.profile, (await read())?.serverUrl, (await read())?.tokenSecret.reveal()],
    ["other-ws", "http://127.0.0.1:9", "as-2"],
  );
  assert.equal((await read("default"))?.tokenId, "ak-1");
  assert.equal(await read("none"), undefined);

  await Deno.writeTextFile(home.path, (await home.text()).replaceAll("active = true\n", ""));
  assert.equal((await read(""))?.profile, "default");
  await Deno.writeTextFile(home.path, "[a]\nactive = true\n[b]\nactive = true\n");
  await assert.rejects(read(), refused(home.path, /several profiles are active: "a", "b"/));
  assert.equal(await read("a"), undefined);
});
