import type { Mutation } from "../mutation.ts";

export const LIB: readonly Mutation[] = [
  {
    name: "secrets are compared in variable time",
    file: "src/lib/crypto.ts",
    before: "timingSafeEqual(a, b);",
    after: "a.every((byte, index) => byte === b[index]);",
    suites: ["structure"],
  },
  {
    name: "a secret is logged",
    file: "src/lib/secret.ts",
    before: `  [Symbol.for("Deno.customInspect")](): string {
    return "[secret]";`,
    after: `  [Symbol.for("Deno.customInspect")](): string {
    return String(this.#value);`,
    suites: ["secrets"],
  },
  {
    name: "a text of a provider moves the cursor",
    file: "src/lib/plain_line.ts",
    before: '.replace(/[\\p{C}\\p{Zl}\\p{Zp}]/gu, "")',
    after: "",
    suites: ["sign_in/google_sign_in", "providers/google/google_import"],
  },
  {
    name: "bcrypt takes a password that goes on behind a NUL",
    file: "src/lib/password_hash.ts",
    before: 'return right && !password.includes("\\0");',
    after: "return right;",
    suites: ["sign_in/password_hash"],
  },
  {
    name: "a hash of 72 bytes proves a longer password",
    file: "src/lib/password_hash.ts",
    before: "encode(password).length < BCRYPT_BYTES",
    after: "encode(password).length <= BCRYPT_BYTES",
    suites: ["sign_in/password_hash"],
  },
  {
    name: "a foreign host name reaches the loopback server",
    file: "src/lib/loopback.ts",
    before: "OUR_HOST.test(",
    after: "/./.test(",
    suites: ["providers/modal/modal_loopback"],
  },
];
