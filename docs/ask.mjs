/*
 * Sends one GraphQL operation and prints the answer, for the examples of these pages:
 *
 *     node docs/ask.mjs 'QUERY' [FIELD]
 *
 * SALLYPORT_URL names the server (http://127.0.0.1:4000), TOKEN is sent as the bearer token. With FIELD it prints only
 * that field's value. A subscription prints a line for each event, until it ends.
 */
import process from "node:process";

const { SALLYPORT_URL = "http://127.0.0.1:4000", TOKEN } = process.env;
const [query = "", field] = process.argv.slice(2);
const live = query.trimStart().startsWith("subscription");

const response = await fetch(new URL("/graphql", SALLYPORT_URL), {
  method: "POST",
  headers: {
    "content-type": "application/json",
    accept: live ? "text/event-stream" : "application/json",
    ...(TOKEN && { authorization: `Bearer ${TOKEN}` }),
  },
  body: JSON.stringify({ query }),
}).catch(() => {
  console.error(`Cannot reach ${SALLYPORT_URL}: start the server, or set SALLYPORT_URL`);
  process.exit(1);
});

if (response.headers.get("content-type")?.startsWith("text/event-stream")) {
  for await (const line of lines(response.body)) {
    if (line.startsWith("data: ")) console.log(line.slice("data: ".length));
  }
} else {
  const answer = await response.json();
  console.log(field ? find(answer, field) : JSON.stringify(answer, null, 2));
}

async function* lines(body) {
  let rest = "";
  for await (const text of body.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop();
    yield* parts;
  }
}

function find(value, name) {
  if (value === null || typeof value !== "object") return undefined;
  if (name in value) return value[name];
  return Object.values(value).map((part) => find(part, name)).find((found) => found !== undefined);
}
