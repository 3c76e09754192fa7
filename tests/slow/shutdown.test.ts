import assert from "node:assert/strict";
import { print } from "graphql";
import { graphql } from "../../src/client/operator/graphql.ts";
import { readServerSentEvents } from "../../src/client/server_sent_events.ts";
import { eventually, pause, within } from "../support/eventually.ts";
import { flowWhen, readFlow, startFlow, WatchFlow } from "../support/modal_flows.ts";
import { newServerPlace, startServer, temporaryFolder } from "../support/server_process.ts";

const AskModal = graphql(`query AskModal { modalClient { reachable latencyMs } }`);

/** R49: requests get ten seconds, and the rest of the shutdown five more. */
const STOP_SECONDS = 15;

Deno.test("R49: SIGTERM finishes running requests, completes subscriptions and exits with 0", async () => {
  await using place = await newServerPlace();
  await using server = await startServer(place.folder, place.env);
  const client = server.client(place.token);
  const { id } = await startFlow(client);
  const watching = readWatch(server.url, place.token, id);
  // Waits for the flow's own call, which must not be mistaken for the request's.
  await eventually("the poll", () => place.modal.callsUnderWay() === 1);
  place.modal.switches.delayMs = 1_500;
  const slow = client.request(AskModal, {});
  const calls = place.modal.calls.length;
  await eventually("the slow request is under way", () => place.modal.calls.length > calls);

  server.signal("SIGTERM");
  await eventually("it is no longer ready", async () => {
    const status = await fetch(`${server.url}/readyz`).then(async (answer) => {
      await answer.body?.cancel();
      return answer.status;
    }, () => "refused");
    return status === 503 || status === "refused";
  }, 2);
  const events = await within("the subscription ends", watching);
  assert.equal(events.at(-1), BROKEN_OFF);
  assert.equal((await slow).modalClient.reachable, true);
  assert.equal(await within("the server ends", server.ended, STOP_SECONDS), 0);
  assert.match(server.output(), /"message":"Stopped"/);
  assert.doesNotMatch(server.output(), /"level":"(WARN|WARNING|ERROR|FATAL)"/);
});

Deno.test("R49: after SIGTERM another instance continues the waits before a lease would have expired", async () => {
  await using place = await newServerPlace();
  await using second = await temporaryFolder();
  const { modal } = place;
  await using server = await startServer(place.folder, place.env);
  await using other = await startServer(second.path, place.env);
  const { id, tokenFlowId } = await startFlow(server.client(place.token));
  await eventually("the poll", () => modal.callsUnderWay() === 1);
  server.signal("SIGTERM");
  assert.equal(await within("the server ends", server.ended, STOP_SECONDS), 0);
  // A lease lasts six seconds, and the other instance polls every two.
  await eventually("the other polls", () => modal.callsUnderWay() === 1);
  const client = other.client(place.token);
  assert.equal((await readFlow(client, id)).status, "WAITING");
  modal.approve(tokenFlowId);
  await flowWhen(client, id, "SUCCEEDED");
});

Deno.test("R49: a subscriber that does not read does not block the shutdown", async () => {
  await using place = await newServerPlace();
  await using server = await startServer(place.folder, place.env);
  const { id } = await startFlow(server.client(place.token), { wait: false });
  const idle = await subscribe(server.url, place.token, id);
  await pause(100);
  server.signal("SIGINT");
  assert.equal(await within("the server ends", server.ended, STOP_SECONDS), 0);
  await idle.body?.cancel();
});

function subscribe(url: string, token: string, id: string): Promise<Response> {
  return fetch(`${url}/graphql`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "text/event-stream",
      authorization: `Bearer ${token}`,
    },
    body: JSON.stringify({ query: print(WatchFlow), variables: { id } }),
  });
}

const BROKEN_OFF = "the connection broke off";

/** The names of a flow's events, from a subscription until its end, with `BROKEN_OFF` last if it did not complete. */
async function readWatch(url: string, token: string, id: string): Promise<string[]> {
  const { body } = await subscribe(url, token, id);
  assert(body);
  const names: string[] = [];
  try {
    for await (const { event } of readServerSentEvents(body)) names.push(event);
  } catch {
    names.push(BROKEN_OFF);
  }
  return names;
}
