import assert from "node:assert/strict";
import { Secret } from "../../../src/lib/secret.ts";
import { createGoogleClient } from "../../../src/providers/google/api/google_client.ts";
import { eventually } from "../../support/eventually.ts";
import { failureOf } from "../../support/google_rig.ts";

const OURS = { clientId: "client", clientSecret: new Secret("secret") };

/** Starts a server in place of Google that returns `answer`. */
function serveInsteadOfGoogle(answer: (request: Request) => Response | Promise<Response>) {
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    asked.push(new URL(request.url).pathname);
    return answer(request);
  });
  const at = (path: string) => `http://127.0.0.1:${server.addr.port}${path}`;
  const endpoints = {
    authorization: at("/auth"),
    token: at("/token"),
    revocation: at("/revoke"),
    certificates: at("/certs"),
    buttonScript: at("/button.js"),
  };
  const google = createGoogleClient({ client: OURS, endpoints, timeoutSeconds: 1 });
  return {
    google,
    asked,
    async [Symbol.asyncDispose]() {
      google.close();
      await server.shutdown();
    },
  };
}

/**
 * An endless body: `chunk` every `everyMs`, or as fast as it is read. Records the bytes sent and whether it was
 * cancelled.
 */
function endless(chunk: Uint8Array<ArrayBuffer>, everyMs = 0) {
  const sent = { bytes: 0, ended: false };
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (everyMs > 0) await new Promise((resolve) => setTimeout(resolve, everyMs));
      sent.bytes += chunk.length;
      if (!sent.ended) controller.enqueue(chunk);
    },
    cancel: () => void (sent.ended = true),
  }, { highWaterMark: 0 });
  return { sent, stream };
}

Deno.test("a hostile server in place of Google is stopped: endless, slow, compressed or redirecting responses", async () => {
  const flood = endless(new Uint8Array(64 * 1024).fill(0x20));
  const drip = endless(new Uint8Array([0x20]), 50);
  const bomb = endless(new Uint8Array(1024 * 1024).fill(0x20));
  const packed = bomb.stream.pipeThrough(new CompressionStream("gzip"));
  const json = { "content-type": "application/json" };
  const answers = {
    flood: () => new Response(flood.stream, { headers: json }),
    drip: () => new Response(drip.stream, { headers: json }),
    bomb: () => new Response(packed, { headers: { ...json, "content-encoding": "gzip" } }),
    redirect: () => Response.redirect("http://127.0.0.1:9/elsewhere", 307),
  };
  for (const [what, answer] of Object.entries(answers)) {
    await using place = serveInsteadOfGoogle(answer);
    const began = performance.now();
    const error = await failureOf(place.google.refresh(new Secret("1//refresh")));
    assert.equal((error as { code?: string }).code, "PROVIDER_UNAVAILABLE", what);
    assert.doesNotMatch(`${error.message} ${error.cause}`, /refresh-|1\/\/|secret/);
    assert.ok(performance.now() - began < 5_000, what);
    assert.deepEqual(place.asked, ["/token"], "one request, to this server only");
    for (const { sent } of what === "flood" ? [flood] : what === "drip" ? [drip] : []) {
      await eventually("the connection is cut", () => sent.ended);
    }
  }
  assert.ok(flood.sent.bytes < 16 * 1024 * 1024, `${flood.sent.bytes} of the flood`);
});
