import assert from "node:assert/strict";
import { readServerSentEvents } from "../../src/client/server_sent_events.ts";
import type { TestApp } from "./app.ts";
import { eventually } from "./eventually.ts";
import { graphqlRequest, type Sent } from "./wire.ts";

/** What a subscription sends: a value, errors, or that it is over. */
export type Live = {
  /** The next value's data. Throws when errors come, or the end. */
  value(): Promise<Record<string, unknown>>;
  /** Reads on to the end; the values that still came. Throws when the stream ends without a word. */
  ended(): Promise<Record<string, unknown>[]>;
  /** The codes of the errors that come next. */
  refusal(): Promise<(string | undefined)[]>;
  /** Leaves, as a client does that closes its connection. */
  leave(): Promise<void>;
};

export type Send = (request: Request) => Promise<Response>;

/** Subscribes over SSE: `send` is the app's own fetch, or the real one. */
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
  // Reads ahead, as a client does: a stream that nobody reads has not begun.
  let ahead = events.next();
  const next = async () => {
    const { value } = await ahead;
    ahead = events.next();
    ahead.catch(() => {});
    assert.ok(value, "the stream ended without a word");
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
      for (let payload = await next(); payload; payload = await next()) values.push(payload.data);
      assert.equal((await ahead).done, true);
      return values;
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

/** Fulfilled when nothing listens to the log but what did before. */
export async function listenersAreBackAt(app: TestApp, base: number): Promise<void> {
  const { eventLog, subscriptions } = app.services;
  await eventually(
    `${base} listeners and no subscription`,
    () => eventLog.listeners === base && subscriptions.size === 0,
    1,
  );
}
