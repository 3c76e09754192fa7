import assert from "node:assert/strict";
import type { FlowState, TokenHealth } from "../../src/client/sallyport.ts";
import { startApp } from "../support/app.ts";
import { OWN_ORIGIN } from "../support/browser.ts";
import { onPglite } from "../support/databases.ts";
import { eventually } from "../support/eventually.ts";
import { startGoogleApp } from "../support/google.ts";
import { connectGoogle } from "../support/google_credentials.ts";
import { signedInClient } from "../support/sallyport_client.ts";

onPglite(
  "a Modal flow is started and followed to its end; the credential appears and is revoked",
  async (database) => {
    await using app = await startApp({ database });
    const { client } = await signedInClient(app);
    const seen: string[] = [];
    client.onCredentials((all) =>
      seen.push(all.map(({ provider, health }) => `${provider} ${health}`).join())
    );
    await eventually("an empty vault", () => seen.length === 1);
    const { id, webUrl, status } = await client.startModalTokenFlow();
    assert.equal(status, "WAITING");
    const flows: FlowState[] = [];
    client.onFlow(id, (flow) => flows.push(flow));
    await eventually("the flow is followed", () => flows.length > 0 && app.modal.callsUnderWay() === 1);
    app.modal.approve(webUrl?.split("/").at(-1) ?? "");
    await eventually("the flow succeeds", () => flows.at(-1)?.status === "SUCCEEDED");
    assert.equal(flows.at(-1)?.workspace, "emulated-workspace");
    await eventually("the credential appears", () => seen.at(-1) === "MODAL HEALTHY");
    const [credential] = await client.credentials();
    assert.ok(credential);
    assert.equal((await client.revokeCredential(credential.id)).health, "REVOKED");
    await eventually("the revocation appears", () => seen.at(-1) === "MODAL REVOKED");
    assert.equal(seen[0], "");

    const another = await client.startModalTokenFlow();
    await client.cancelFlow(another.id);
    client.onFlow(another.id, (flow) => flows.push(flow));
    await eventually("onFlow reports an ended flow at once", () => flows.at(-1)?.status === "CANCELLED");
    client.close();
  },
);

onPglite(
  "Google: the status, the authorization URL, and access tokens that are refreshed",
  async (database) => {
    await using app = await startGoogleApp({ database });
    const { client, user } = await signedInClient(app);
    const before = await client.googleAuthStatus();
    assert.deepEqual([before.configured, before.authenticated, before.needsReauth], [true, false, true]);
    assert.equal(before.authorizationUrl, `${OWN_ORIGIN}/connect/google`);
    const resume = { page: 3 };
    const { authorizationUrl, flow } = await client.startGoogleAuthorization({ resume });
    assert.ok(authorizationUrl.startsWith(app.google.url));
    assert.deepEqual([flow.status, flow.authorizationUrl, flow.resume], [
      "WAITING",
      authorizationUrl,
      resume,
    ]);

    const health: (TokenHealth | undefined)[] = [];
    client.onCredentials((all) => health.push(all[0]?.health));
    await eventually("an empty vault", () => health.length === 1);
    const granted = await connectGoogle(app, user.id, { lifeSeconds: 3_599 });
    await eventually("the account is connected", () => health.at(-1) === "HEALTHY");
    assert.deepEqual((await client.googleAuthStatus()).tokenValid, true);
    assert.equal((await client.googleAccess(["email"])).accessToken, granted.accessToken);
    const [credential] = await client.credentials();
    assert.equal((await client.refreshCredential(credential?.id ?? "")).health, "HEALTHY");
    const access = await client.googleAccess();
    assert.notEqual(access.accessToken, granted.accessToken);
    assert.deepEqual(Object.keys(access), ["accessToken", "expiresAt", "scopes"]);
    client.close();
  },
);
