import fc from "fast-check";
import { bcryptHash } from "./imported_users.ts";

/** Text that files of other systems may contain. */
const ODD_TEXT = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom(
    "",
    " ",
    "\0",
    "nul\0",
    "\ud800",
    "half \udfff",
    "\x1b[31m",
    "\u202egnp",
    "a\u2028b",
    "__proto__",
  ),
  fc.constantFrom("x".repeat(65), "x".repeat(201), "é".repeat(1_000), "$2b$31$", "a@b", "a@müller.example"),
);

const ODD_TIME = fc.constantFrom(
  "2019-04-01T10:00:00Z",
  "2024-02-30T00:00:00Z",
  "1969-12-31T23:59:59.999Z",
  "2999-01-01T00:00:00Z",
  "9999-12-31T23:59:59.9999Z",
  "9999-12-31T23:59:59-23:59",
  "0000-01-01T00:00:00+23:59",
  "-000001-01-01T00:00:00Z",
  "+010000-01-01T00:00:00Z",
  "+055840-01-01T00:00:00Z",
  "+275760-09-13T00:00:00Z",
  "+275760-09-13T00:00:00.001Z",
  "-271821-04-20T00:00:00Z",
  "2024-03-31T12:00:60Z",
  "2024-03-31T12:00:00+01:00[Europe/Paris]",
  "20240331T120000Z",
  "2024-03-31",
);

const ODD_VALUE = fc.oneof(
  fc.constantFrom(null, true, false, 0, -0, 1e308, 2 ** 53, [], {}, [[[[]]]], { a: { b: {} } }),
  ODD_TEXT,
);

/** Well-formed hashes, including expensive ones and ones with invalid parameters. */
const ODD_HASH = fc.oneof(
  fc.integer({ min: 0, max: 99 }).map((cost) =>
    bcryptHash.replace("$04$", `$${String(cost).padStart(2, "0")}$`)
  ),
  fc.record({
    m: fc.constantFrom(0, 7, 8, 19_456, 262_144, 262_145, 9_999_999),
    t: fc.constantFrom(0, 1, 3, 999),
    p: fc.constantFrom(0, 1, 8, 9, 99),
  }).map(({ m, t, p }) => `$argon2id$v=19$m=${m},t=${t},p=${p}$${"a".repeat(22)}$${"b".repeat(43)}`),
  ODD_TEXT,
);

/** Authenticators, of which some have another form or no usable secret. */
const ODD_TOTP = fc.oneof(
  fc.array(
    fc.record({
      secret: fc.oneof(fc.constantFrom("JBSWY3DPEHPK3PXP", "jbsw y3dp ehpk 3pxp ====", "MZXW6"), ODD_TEXT),
      name: fc.oneof(fc.constantFrom(null, "Phone"), ODD_TEXT),
    }, { requiredKeys: ["secret"] }),
    { maxLength: 11 },
  ),
  ODD_VALUE,
  fc.array(ODD_VALUE, { maxLength: 2 }),
  fc.constant([{ secret: "JBSWY3DPEHPK3PXP", digits: 8 }]),
);

/** Generates import lines, most with some invalid field. */
export function oddLines(count: number, seed: number): string[] {
  const line = fc.oneof(
    { weight: 6, arbitrary: fc.record({ createdAt: ODD_TIME }) },
    { weight: 4, arbitrary: fc.record({ passwordHash: ODD_HASH }) },
    { weight: 3, arbitrary: fc.record({ name: ODD_TEXT, email: fc.option(ODD_TEXT) }, { requiredKeys: [] }) },
    {
      weight: 3,
      arbitrary: fc.record({ emailVerified: ODD_VALUE, disabled: ODD_VALUE }, { requiredKeys: [] }),
    },
    { weight: 1, arbitrary: fc.record({ createdAt: ODD_VALUE, name: ODD_VALUE }, { requiredKeys: [] }) },
    { weight: 3, arbitrary: fc.record({ totp: ODD_TOTP }) },
    { weight: 1, arbitrary: ODD_TEXT.map((username) => ({ username })) },
    { weight: 1, arbitrary: fc.json() },
  );
  const sampled = fc.sample(line, { numRuns: count, seed });
  return sampled.map((each, index) =>
    typeof each === "string" ? each : JSON.stringify({ username: `person${index}`, ...each })
  );
}
