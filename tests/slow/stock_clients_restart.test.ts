import assert from "node:assert/strict";
import { createClient as createSseClient } from "graphql-sse";
import { createClient as createWsClient } from "graphql-ws";
import { eventually } from "../support/eventually.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { newServerPlace, startServer } from "../support/server_process.ts";

type Health = { serverHealth: { instanceId: string } };

const query = "subscription { serverHealth { instanceId } }";

Deno.test("graphql-ws and graphql-sse continue on the next server after SIGTERM", async () => {
  await using place = await newServerPlace();
  const env = { ...place.env, PORT: String(portOutsideEphemeral()) };
  const headers = { authorization: `Bearer ${place.token}` };
  const overHttp = createSseClient({ url: `http://127.0.0.1:${env.PORT}/graphql`, headers });
  const overWebSocket = createWsClient({
    url: `ws://127.0.0.1:${env.PORT}/graphql`,
    connectionParams: headers,
  });
  const instances = { sse: new Set<string>(), ws: new Set<string>() };
  const follow = async (seen: Set<string>, values: AsyncIterable<{ data?: Health | null | undefined }>) => {
    for await (const { data } of values) {
      if (data) seen.add(data.serverHealth.instanceId);
      if (seen.size === 2) return;
    }
    assert.fail("the subscription completed");
  };
  const reach = (count: number) =>
    eventually(
      `each client has seen ${count}`,
      () => Object.values(instances).every(({ size }) => size === count),
    );
  const followed = await (async () => {
    await using server = await startServer(place.folder, env);
    const both = Promise.all([
      follow(instances.sse, overHttp.iterate<Health>({ query })),
      follow(instances.ws, overWebSocket.iterate<Health>({ query })),
    ]);
    await Promise.race([reach(1), both]);
    server.signal("SIGTERM");
    assert.equal(await server.ended, 0);
    return { both };
  })();
  await using _next = await startServer(place.folder, env);
  await followed.both;
  assert.deepEqual([...instances.sse], [...instances.ws]);
  overHttp.dispose();
  await overWebSocket.dispose();
});
