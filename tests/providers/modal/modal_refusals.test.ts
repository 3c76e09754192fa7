import assert from "node:assert/strict";
import type { ModalSwitches } from "../../../src/emulators/modal/switches.ts";
import { status } from "../../../src/providers/modal/grpc/grpc_status.ts";
import { cleanText } from "../../../src/providers/modal/api/modal_texts.ts";
import { Secret } from "../../../src/lib/secret.ts";
import { PLAIN_FLOW, rejected, type Rig, startRig, unreachable } from "../../support/modal_rig.ts";

Deno.test.sanitizer({ ops: true, resources: true });

/** Creates a flow. Returns it with a function that polls it. */
async function begin(rig: Rig) {
  const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
  return { flow, wait: () => rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 40 }) };
}

Deno.test("each way a flow can end has its own reason and remedy", async (t) => {
  await using rig = await startRig();
  await t.step("denied", async () => {
    const { flow, wait } = await begin(rig);
    rig.emulator.deny(flow.tokenFlowId);
    const error = await rejected(wait());
    assert.equal(error.reason, "denied");
    assert.equal(error.message, "Cannot wait for the Modal token flow: Modal says “Token flow was denied”");
    assert.match(error.remedy.actionRequired ?? "", /approve/);
  });
  await t.step("expired", async () => {
    const { flow, wait } = await begin(rig);
    rig.emulator.expire(flow.tokenFlowId);
    assert.equal((await rejected(wait())).reason, "expired");
  });
  await t.step("used", async () => {
    const { flow, wait } = await begin(rig);
    rig.emulator.approve(flow.tokenFlowId);
    assert.equal((await wait()).value.kind, "granted");
    assert.equal((await rejected(wait())).reason, "unknown_flow");
  });
  await t.step("a wrong wait secret", async () => {
    const { flow } = await begin(rig);
    const wrong = { ...flow, waitSecret: new Secret("ws-wrong"), timeoutSeconds: 40 };
    assert.equal((await rejected(rig.modal.waitForTokenFlow(wrong))).reason, "unknown_flow");
  });
  await t.step("pending when the poll is over", async () => {
    const { flow } = await begin(rig);
    const answer = await rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 0.01 });
    assert.deepEqual(answer.value, { kind: "pending" });
  });
});

Deno.test("every kind of bad token is reported as bad_token", async (t) => {
  let now = new Date();
  await using rig = await startRig({ now: () => now });
  const good = rig.token();
  const secretOf = (text: string) => new Secret(text);
  const revoked = rig.token();
  rig.emulator.revokeToken(revoked.tokenId);
  const short = rig.emulator.issueToken(60);
  const expired = { tokenId: short.tokenId, tokenSecret: secretOf(short.tokenSecret) };
  now = new Date(now.getTime() + 61_000);
  const cases = {
    swapped: { tokenId: good.tokenSecret.reveal(), tokenSecret: secretOf(good.tokenId) },
    unknown: { tokenId: "ak-unknown", tokenSecret: good.tokenSecret },
    "wrong secret": { tokenId: good.tokenId, tokenSecret: secretOf("as-wrong") },
    revoked,
    expired,
  };
  for (const [name, token] of Object.entries(cases)) {
    await t.step(name, async () => {
      for (
        const ask of [rig.modal.hello(token), rig.modal.tokenInfo(token), rig.modal.workspaceName(token)]
      ) {
        const error = await rejected(ask);
        assert.equal(error.reason, "bad_token");
        assert.match(error.remedy.actionRequired ?? "", /id and a secret in each other's place/);
      }
    });
  }
  await rig.modal.hello(good);
});

Deno.test("Modal's messages are shown on one line, shortened, and without secrets", async () => {
  await using rig = await startRig();
  const { flow, wait } = await begin(rig);
  const token = rig.token();
  const secrets = [flow.waitSecret.reveal(), token.tokenSecret.reveal()];
  const text = `no:\r\n\u001b[2Jgo\u202e away ${secrets.join(" and ")} ${"x".repeat(2000)}`;
  const faults = [{ status: status.ABORTED, text }];
  Object.assign(rig.emulator.switches, { faults, trailerWarnings: [text] });

  for (
    const [error, secret] of [[await rejected(wait()), 0], [
      await rejected(rig.modal.hello(token)),
      1,
    ]] as const
  ) {
    for (const shown of [error.message, ...error.warnings]) {
      assert.doesNotMatch(shown, /[\p{Cc}\p{Cf}]/u);
      assert.ok(shown.length < 400);
      assert.match(shown, /no: \[2Jgo away .*\[secret\]/);
    }
    assert.ok(!Deno.inspect(error).includes(secrets[secret]!), "the error contains the secret");
    assert.equal(error.cause, undefined);
  }
});

Deno.test("a secret sent as the token id is not shown either", async () => {
  await using rig = await startRig();
  const { tokenId, tokenSecret } = rig.token();
  const swapped = { tokenId: tokenSecret.reveal(), tokenSecret: new Secret(tokenId) };
  rig.emulator.switches.faults = [{
    status: status.UNAUTHENTICATED,
    text: `no such id ${tokenSecret.reveal()}`,
  }];
  assert.ok(!(await rejected(rig.modal.hello(swapped))).message.includes(tokenSecret.reveal()));
});

Deno.test("warnings are read from the response and the trailers, without duplicates", async () => {
  await using rig = await startRig();
  const token = rig.token();
  Object.assign(rig.emulator.switches, {
    helloWarnings: ["2027-01-01 version 1 ends", "both"],
    trailerWarnings: ["both", "100 % of, your quota ✓", "two\nlines"],
  });
  const expected = ["both", "100 % of, your quota ✓", "two lines"];
  assert.deepEqual((await rig.modal.hello(token)).warnings, ["2027-01-01 version 1 ends", ...expected]);
  assert.deepEqual((await rig.modal.tokenInfo(token)).warnings, expected);
  rig.emulator.revokeToken(token.tokenId);
  assert.deepEqual((await rejected(rig.modal.hello(token))).warnings, expected);
  rig.emulator.switches.faults = [{ status: status.UNAVAILABLE, text: "" }];
  assert.deepEqual((await unreachable(rig.modal.createTokenFlow(PLAIN_FLOW))).warnings, expected);
});

Deno.test("a response without required values is rejected, and optional ones may be missing", async (t) => {
  await using rig = await startRig({ switches: { newFlows: "approved" } });
  const withAnswers = async (answers: ModalSwitches["answers"]) => {
    rig.emulator.switches.answers = {};
    const { value: flow } = await rig.modal.createTokenFlow(PLAIN_FLOW);
    rig.emulator.switches.answers = answers;
    return () => rig.modal.waitForTokenFlow({ ...flow, timeoutSeconds: 1 });
  };
  const badFlows: ModalSwitches["answers"]["TokenFlowCreate"][] = [
    { tokenFlowId: "" },
    { webUrl: "" },
    { waitSecret: "" },
    { webUrl: "javascript:alert(1)" },
    { webUrl: "modal.com/token-flow/tf-1" },
    { webUrl: "https://modal.com@evil.test/" },
    { webUrl: "https://:password@modal.com/" },
    { webUrl: `https://modal.com/${"x".repeat(2048)}` },
    // Percent-encoded, it is three times as long.
    { webUrl: `https://modal.com/${"é".repeat(400)}` },
    { tokenFlowId: "tf-1\u0000" },
    { tokenFlowId: "tf-\u001b[2J" },
    { tokenFlowId: "t".repeat(201) },
    { waitSecret: "ws-\u0000" },
    { waitSecret: "w".repeat(2049) },
    { code: "X".repeat(65) },
  ];
  for (const bad of badFlows) {
    await t.step(`create: ${JSON.stringify(bad).slice(0, 60)}`, async () => {
      await withAnswers({ TokenFlowCreate: bad ?? {} });
      const error = await rejected(rig.modal.createTokenFlow(PLAIN_FLOW));
      assert.equal(error.reason, "other");
      assert.match(error.remedy.actionRequired ?? "", /MODAL_SERVER_URL/);
    });
  }
  const badTokens: ModalSwitches["answers"]["TokenFlowWait"][] = [
    { tokenId: "" },
    { tokenSecret: "" },
    { tokenId: "", tokenSecret: "" },
    { tokenId: "wk-1" },
    { tokenSecret: "ws-1" },
    { tokenId: "as-1", tokenSecret: "ak-1" },
    { tokenId: "ak-" },
    { tokenId: "ak-1\u0000" },
    { tokenId: "ak-1\u001b]52;c;AA==\u0007" },
    { tokenId: `ak-${"x".repeat(198)}` },
    { tokenSecret: "as-1\n" },
    { tokenSecret: `as-${"x".repeat(198)}` },
  ];
  for (const bad of badTokens) {
    await t.step(`wait: ${JSON.stringify(bad).slice(0, 60)}`, async () => {
      const wait = await withAnswers({ TokenFlowWait: bad ?? {} });
      assert.equal((await rejected(wait())).reason, "other");
    });
  }
  await t.step("the name of the workspace", async () => {
    await withAnswers({ WorkspaceNameLookup: { username: "", workspaceName: "old" } });
    assert.equal((await rig.modal.workspaceName(rig.token())).value, "old");
    await withAnswers({ WorkspaceNameLookup: { username: "" } });
    assert.equal((await rejected(rig.modal.workspaceName(rig.token()))).reason, "other");
  });
  await t.step("a grant without a workspace, a token's bare description", async () => {
    const wait = await withAnswers({ TokenFlowWait: { workspaceUsername: "" } });
    const { value } = await wait();
    assert.ok(value.kind === "granted" && !("workspace" in value));
    await withAnswers({ TokenInfoGet: { tokenId: "", tokenName: "", userIdentity: null, createdAt: null } });
    const token = rig.token();
    const info = (await rig.modal.tokenInfo(token)).value;
    assert.deepEqual([info.tokenId, info.username, info.createdAt], [token.tokenId, undefined, undefined]);
  });
});

Deno.test("names of Modal cannot control the terminal or break the database", async (t) => {
  await using rig = await startRig({ switches: { newFlows: "approved" } });
  const { modal, emulator } = rig;
  const evil = `a\u0000b\u001b[2Jc\u202ed\u2028e\u009bf\r${"x".repeat(400)}`;
  const assertClean = (text: string | undefined) => {
    assert.match(text ?? "", /^a b \[2Jc d e f x+…$/);
    assert.ok([...text ?? ""].length <= 300);
  };
  await t.step("the URL of the page is percent-encoded", async () => {
    const webUrl = "HTTPS://Modal.com/a\u001b[2Jb\u202e\r\n?c=\u0000#d\u009b";
    emulator.switches.answers = { TokenFlowCreate: { webUrl } };
    const { value } = await modal.createTokenFlow(PLAIN_FLOW);
    assert.equal(value.webUrl, "https://modal.com/a%1B[2Jb%E2%80%AE?c=%00#d%C2%9B");
  });
  await t.step("the code", async () => {
    emulator.switches.answers = { TokenFlowCreate: { code: "AB\u0000CD\u202e-\u001bEF" } };
    assert.equal((await modal.createTokenFlow(PLAIN_FLOW)).value.code, "AB CD - EF");
  });
  await t.step("the workspace of a grant, and its name", async () => {
    emulator.switches.answers = {
      TokenFlowWait: { workspaceUsername: evil },
      WorkspaceNameLookup: { username: evil },
    };
    const { value: flow } = await modal.createTokenFlow(PLAIN_FLOW);
    const { value } = await modal.waitForTokenFlow({ ...flow, timeoutSeconds: 1 });
    assertClean(value.kind === "granted" ? value.workspace : undefined);
    assertClean((await modal.workspaceName(rig.token())).value);
  });
  await t.step("the description of a token", async () => {
    const names = { workspaceId: evil, workspaceName: evil, tokenName: evil };
    const userIdentity = { userId: evil, username: evil };
    const absurd = { seconds: 253_402_300_800, nanos: 0 };
    emulator.switches.answers = { TokenInfoGet: { ...names, userIdentity, expiresAt: absurd } };
    const info = (await modal.tokenInfo(rig.token())).value;
    for (const text of [info.workspaceId, info.workspaceName, info.tokenName, info.username]) {
      assertClean(text);
    }
    assert.equal(info.expiresAt, undefined, "the year has five digits");
    emulator.switches.answers = { TokenInfoGet: { tokenId: "ak-1\u0000" } };
    assert.equal((await rejected(modal.tokenInfo(rig.token()))).reason, "other");
  });
  await t.step("a lone surrogate", () => {
    assert.equal(cleanText("a\ud800b\udc00"), "a\ufffdb\ufffd");
    assert.ok(cleanText(`${"x".repeat(298)}\ud83d\ude00\ud83d\ude00`).isWellFormed());
  });
});
