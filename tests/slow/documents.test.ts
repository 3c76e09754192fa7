import { follow, freshClone, type Reader } from "../support/reader.ts";

let clone: ReturnType<typeof freshClone> | undefined;

Deno.test.afterAll(async () => {
  await (await clone)?.[Symbol.asyncDispose]();
});

function followed(page: string, reader: Reader = {}): void {
  Deno.test(`${page} can be followed in a fresh clone, and shows what is printed`, async () => {
    await follow((await (clone ??= freshClone())).path, page, reader);
  });
}

followed("README.md");
followed("docs/signing-in.md");
followed("docs/connected-accounts.md");
