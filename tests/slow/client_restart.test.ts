import assert from "node:assert/strict";
import { createSallyport, type FlowStatus } from "../../src/client/sallyport.ts";
import { eventually } from "../support/eventually.ts";
import { PASSWORD } from "../support/people.ts";
import { portOutsideEphemeral } from "../support/ports.ts";
import { newServerPlace, startServer } from "../support/server_process.ts";

Deno.test("subscriptions continue when the server is killed and another one replaces it", async () => {
  await using place = await newServerPlace();
  const { modal, folder } = place;
  const env = { ...place.env, PORT: String(portOutsideEphemeral()) };
  const client = createSallyport({ url: `http://127.0.0.1:${env.PORT}` });
  const statuses: FlowStatus[] = [];
  const states: string[] = [];
  const health: string[] = [];
  const errors: unknown[] = [];
  const webUrl = await (async () => {
    await using server = await startServer(folder, env);
    await client.register({ username: "ada", password: PASSWORD });
    await client.signInWithPassword("ada", PASSWORD);
    const flow = await client.startModalTokenFlow();
    const problem = (error: unknown) => errors.push(error);
    client.onFlow(flow.id, ({ status }) => statuses.push(status), problem);
    client.onAuthState(({ user, currentState: state }) => states.push(`${user?.username} ${state}`), problem);
    client.onCredentials((all) => health.push(all.map((each) => each.health).join()), problem);
    await eventually(
      "all subscriptions are open",
      () => modal.callsUnderWay() === 1 && states.length + health.length === 2,
    );
    await server.kill();
    return flow.webUrl ?? "";
  })();
  await eventually("Modal notices", () => modal.callsUnderWay() === 0);
  modal.approve(webUrl.split("/").at(-1) ?? "");
  await using _server = await startServer(folder, env);
  await eventually("the flow's end", () => statuses.at(-1) === "SUCCEEDED");
  await eventually("the token's health", () => health.at(-1) === "HEALTHY");
  await client.transitionState("VISITOR");
  await eventually("the state", () => states.at(-1) === "ada VISITOR");
  assert.deepEqual(errors, []);
  assert.ok(client.signedIn);
  assert.deepEqual(states.filter((state) => !state.startsWith("ada ")), [], "the user was signed out");
  client.close();
});
