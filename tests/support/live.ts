import assert from "node:assert/strict";
import { readServerSentEvents } from "../../src/client/server_sent_events.ts";
import type { TestApp } from "./app.ts";
import { eventually } from "./eventually.ts";
import { graphqlRequest, type Sent } from "./wire.ts";

/** The answers of a subscription. */
export type Live = {
  /** The data of the next value. Throws on errors or the end. */
  value(): Promise<Record<string, unknown>>;
  /** Reads to the end and returns the remaining values. Throws on errors, and if the stream ends without `complete`. */
  ended(): Promise<Record<string, unknown>[]>;
  /** Reads until the caller's right ends. Returns the reason and the values before it. */
  cutShort(): Promise<{ reason: string; values: Record<string, unknown>[] }>;
  /** Reads until the connection breaks off. Throws if the stream completes. */
  brokenOff(): Promise<void>;
  /** The codes of the next errors. */
  refusal(): Promise<(string | undefined)[]>;
  /** Closes the connection. */
  leave(): Promise<void>;
};

export type Send = (request: Request) => Promise<Response>;

/** Subscribes over SSE. `send` is the app's own `fetch` or the real one. */
export async function subscribe(
  send: Send,
  query: string,
  sent: Sent & { url?: string } = {},
): Promise<Live> {
  const headers = { accept: "text/event-stream", ...sent.headers };
  const request = graphqlRequest(query, { ...sent, headers });
  const leaving = new AbortController();
  const aimed = sent.url ? new Request(sent.url, request) : request;
  const response = await send(new Request(aimed, { signal: leaving.signal }));
  assert.equal(response.headers.get("content-type"), "text/event-stream");
  assert.ok(response.body);
  const reader = response.body.getReader();
  const events = readServerSentEvents(ReadableStream.from(chunks(reader)));
  // Reads ahead, as a client does, because the stream starts with the first read.
  let ahead = events.next();
  const next = async () => {
    const { value } = await ahead;
    ahead = events.next();
    ahead.catch(() => {});
    assert.ok(value, "the stream ended without complete");
    return value.event === "next" ? JSON.parse(value.data) : undefined;
  };
  return {
    value: async () => {
      const payload = await next();
      assert.ok(payload?.data, JSON.stringify(payload));
      return payload.data;
    },
    ended: async () => {
      const values = [];
      for (let payload = await next(); payload; payload = await next()) {
        assert.equal(payload.errors, undefined);
        values.push(payload.data);
      }
      assert.equal((await ahead).done, true);
      return values;
    },
    cutShort: async () => {
      const values = [];
      let payload = await next();
      for (; payload?.data; payload = await next()) values.push(payload.data);
      assert.ok(payload, "the stream completed without a reason");
      const { code, reason } = payload.errors[0].extensions;
      assert.equal(code, "UNAUTHENTICATED");
      assert.equal(await next(), undefined, "only complete follows");
      return { reason, values };
    },
    brokenOff: async () => {
      for (;;) {
        const read = await ahead.catch(() => undefined);
        if (!read || read.done) return;
        assert.equal(read.value.event, "next");
        ahead = events.next();
      }
    },
    refusal: async () =>
      (await next())?.errors.map((error: { extensions?: { code?: string } }) => error.extensions?.code),
    leave: async () => {
      await reader.cancel();
      leaving.abort();
    },
  };
}

async function* chunks(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    if (value) yield value;
  }
}

/** Waits until the event log has `base` listeners and no subscription is open. */
export async function listenersAreBackAt(app: TestApp, base: number): Promise<void> {
  const { eventLog, subscriptions } = app.services;
  await eventually(
    `${base} listeners and no subscription`,
    () => eventLog.listeners === base && subscriptions.size === 0,
    1,
  );
}
