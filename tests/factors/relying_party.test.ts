import assert from "node:assert/strict";
import {
  atLocalhost,
  passkeyProblems,
  relatedOrigins,
  relyingPartyOf,
} from "../../src/accounts/factors/passkeys/relying_party.ts";

const of = (publicUrl: string, ...allowed: string[]) => relyingPartyOf(new URL(publicUrl), allowed);

Deno.test("the relying party is the host of PUBLIC_URL, with its origin and the allowed ones", () => {
  assert.deepEqual(
    of("https://auth.example.com:8443/", "https://app.example.com", "https://auth.example.com:8443"),
    {
      id: "auth.example.com",
      name: "auth.example.com",
      origins: ["https://auth.example.com:8443", "https://app.example.com"],
    },
  );
});

Deno.test("wildcards, paths and other spellings do not count as origins", () => {
  const spellings = [
    "*",
    "https://*",
    "https://*.example.com",
    "null",
    "",
    "https://a.example.com/",
    "HTTPS://a.com",
  ];
  assert.deepEqual(of("https://example.com", ...spellings).origins, ["https://example.com"]);
});

Deno.test("there is no problem with HTTPS at a domain and its subdomains, or with localhost", () => {
  assert.deepEqual(passkeyProblems(of("https://example.com", "https://app.example.com:8443")), []);
  assert.deepEqual(passkeyProblems(of("http://localhost:4000")), []);
  assert.deepEqual(passkeyProblems(of("http://localhost:4000", "http://localhost:5173")), []);
});

Deno.test("without PUBLIC_URL, the passkeys of a server on this machine belong to localhost", () => {
  for (const url of ["http://127.0.0.1:4000", "http://[::1]:4000", "http://localhost:4000"]) {
    assert.equal(atLocalhost(url).origin, "http://localhost:4000");
  }
  for (const url of ["http://192.0.2.7:4000", "https://auth.example.com"]) {
    assert.equal(atLocalhost(url).origin, url);
  }
});

Deno.test("addresses cannot have passkeys, not even those of this machine", () => {
  for (const host of ["127.0.0.1", "[::1]", "192.0.2.7", "[2001:db8::1]"]) {
    const [problem, ...others] = passkeyProblems(of(`https://${host}`));
    assert.match(problem ?? "", /need a domain name, but the host of this server is the address /);
    assert.ok(problem?.includes(`address ${host}.`), String(problem));
    assert.deepEqual(others, []);
  }
});

Deno.test("each origin without HTTPS is a problem", () => {
  assert.deepEqual(
    passkeyProblems(of("http://example.com", "http://app.example.com", "https://x.example.com")),
    [
      "Browsers refuse passkeys at http://example.com, because it is not HTTPS. Use https, or localhost for development.",
      "Browsers refuse passkeys at http://app.example.com, because it is not HTTPS. Use https, or localhost for development.",
    ],
  );
});

Deno.test("origins outside the domain need related origin requests", () => {
  const rp = of(
    "https://example.com",
    "https://app.example.com",
    "https://example.net",
    "https://notexample.com",
  );
  assert.deepEqual(relatedOrigins(rp), { origins: ["https://example.net", "https://notexample.com"] });
  assert.deepEqual(passkeyProblems(rp).map((each) => each.split(" only ")[0]), [
    "Passkeys work at https://example.net",
    "Passkeys work at https://notexample.com",
  ]);
  assert.ok(passkeyProblems(rp)[0]?.endsWith("https://example.com/.well-known/webauthn."));
  assert.deepEqual(relatedOrigins(of("https://app.example.com", "https://example.com")), {
    origins: ["https://example.com"],
  });
  assert.deepEqual(relatedOrigins(of("http://localhost:4000", "http://app.localhost:4000")), {
    origins: ["http://app.localhost:4000"],
  });
  assert.deepEqual(relatedOrigins(of("https://example.com")), { origins: [] });
});

Deno.test("more than five names of related sites are a problem, counted without their suffixes", () => {
  const five = [1, 2, 3, 4, 5].map((each) => `https://site${each}.com`);
  const same = ["https://site1.co.uk", "https://www.site2.de", "https://a.b.site3.com.au"];
  const tooMany = (...origins: string[]) =>
    passkeyProblems(of("https://example.com", ...origins)).filter((each) =>
      each.includes("from only 5 related")
    );
  assert.deepEqual(tooMany(...five, ...same), []);
  const [problem, ...others] = tooMany(...five, ...same, "https://site6.com");
  assert.match(problem ?? "", /ALLOWED_ORIGINS has 6: site1, site2, site3, site4, site5, site6\./);
  assert.deepEqual(others, []);
});
