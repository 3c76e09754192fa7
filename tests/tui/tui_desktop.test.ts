import assert from "node:assert/strict";
import { thisDesktop } from "../../tui/desktop.ts";
import { temporaryFolder } from "../support/server_process.ts";

Deno.test("copied text is sent to the terminal as OSC 52, and no text can end the sequence early", () => {
  let written = "";
  const text = "https://modal.test/?a=1 \x07\x1b]0;pwned\x07 漢字";
  thisDesktop((sequence) => written += sequence, ".data").copy(text);
  assert.ok(written.startsWith("\x1b]52;c;") && written.endsWith("\x07"), written);
  const base64 = written.slice("\x1b]52;c;".length, -1);
  assert.match(base64, /^[A-Za-z0-9+/=]+$/);
  assert.equal(new TextDecoder().decode(Uint8Array.fromBase64(base64)), text);
});

Deno.test("only the owner can read a saved file, even if a readable file had its name", async () => {
  await using folder = await temporaryFolder();
  const desktop = thisDesktop(() => {}, `${folder.path}/data`);
  await desktop.save("token.toml", "first");
  await Deno.chmod(`${folder.path}/data/token.toml`, 0o644);
  const path = await desktop.save("token.toml", "second");
  assert.equal(await Deno.readTextFile(path), "second");
  const { mode } = await Deno.stat(path);
  assert.equal((mode ?? 0) & 0o777, 0o600);
});

Deno.test("the browser opens only http and https URLs", async () => {
  const desktop = thisDesktop(() => {}, ".data");
  assert.equal(await desktop.open("file:///etc/passwd"), false);
  assert.equal(await desktop.open("javascript:alert(1)"), false);
});
