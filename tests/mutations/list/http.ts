import type { Mutation } from "../mutation.ts";

export const HTTP: readonly Mutation[] = [
  {
    name: "a page of any site opens a WebSocket",
    file: "src/http/web_socket/upgrades.ts",
    before: "origin !== null && !isAllowedOrigin(origin, request, origins)",
    after: "false",
    suites: ["http/http."],
  },
  {
    name: "a client chooses its address behind a proxy",
    file: "src/http/client_address.ts",
    before: "hops.findLast((hop)",
    after: "hops.find((hop)",
    suites: ["operations/limits."],
  },
  {
    name: "a cookie makes up for a token that is over",
    file: "src/http/identify.ts",
    before: "token === undefined ? byCookie : byToken",
    after: "byToken ?? byCookie",
    suites: ["accounts/session_cookie"],
  },
  {
    name: "the session cookie goes over plain HTTP",
    file: "src/http/session_cookie.ts",
    before: '"Path=/; HttpOnly; SameSite=Lax; Secure"',
    after: '"Path=/; HttpOnly; SameSite=Lax"',
    suites: ["accounts/session_cookie"],
  },
  {
    name: "caches keep answers with tokens",
    file: "src/http/router.ts",
    before: 'response.headers.set("cache-control", "no-store");',
    after: "",
    suites: ["http/http."],
  },
  {
    name: "one operation guesses many passwords",
    file: "src/http/graphql/hardening.ts",
    before: "const rules = [oneCredentialCheck, oneCallOut,",
    after: "const rules = [oneCallOut,",
    suites: ["vault/credential_checks"],
  },
  {
    name: "an error repeats the input",
    file: "src/http/graphql/error_texts.ts",
    before: "const kept = found < 0 ? error.message : error.message.slice(0, found);",
    after: "const kept = error.message;",
    suites: ["http/echoes"],
  },
  {
    name: "a page's size in a variable's default is not counted",
    file: "src/http/pages/page_limit.ts",
    before: "if (defaultValue) values[name.value] ??= valueFromASTUntyped(defaultValue);",
    after: "",
    suites: ["http/hardening"],
  },
  {
    name: "an anonymous WebSocket that closes keeps its place",
    file: "src/http/web_socket/web_socket_places.ts",
    before: "if (!authenticated) counts.anonymous--;",
    after: "",
    suites: ["http/websocket_limits"],
  },
  {
    name: "any site shows our pages in a frame",
    file: "src/http/pages/html_page.ts",
    before: `frameAncestors.join(" ") || "'none'"`,
    after: 'frameAncestors.join(" ") || "*"',
    suites: ["http/web_assets"],
  },
];
