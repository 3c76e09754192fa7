import { RefreshCredential, RevokeCredential } from "../../src/client/documents.ts";
import { RevealCredential, VerifyModalCredential } from "../../src/client/operator/documents.ts";
import { succeeded } from "../../src/client/operator/succeeded.ts";
import type { CredentialRow } from "../documents/credentials.ts";
import { Greeting } from "../documents/server.ts";
import { jsonLines } from "../json_lines.ts";
import type { Binding } from "../keys.ts";
import { type Marks, onMarked } from "../marks.ts";
import { modalProfile, type ModalToken } from "../modal_profile.ts";
import type { Terminal } from "../terminal.ts";
import { relative } from "../time.ts";

/** A revealed secret disappears after this time. */
const REVEALED_SECONDS = 30;

/** The keys of the Tokens screen. */
export function tokenKeys(
  terminal: Terminal,
  row: CredentialRow | undefined,
  marks: Marks<CredentialRow>,
): Binding[] {
  const none = row ? undefined : "No credential selected";
  const revoked = none ?? (row?.health === "REVOKED" ? "This credential was revoked" : undefined);
  const notModal = row?.provider === "MODAL" ? undefined : "Only for Modal tokens";
  return [
    {
      keys: ["v"],
      hint: "verify",
      needs: "OPERATE",
      disabled: revoked ?? notModal,
      run: () => row && void terminal.runAction(() => verify(terminal, row)),
    },
    onMarked(terminal, marks, {
      keys: ["F"],
      hint: "refresh now",
      needs: "OPERATE",
      disabled: revoked ?? (row?.hasRefreshToken ? undefined : "This credential has no refresh token"),
      run: () => row && void terminal.runAction(() => refresh(terminal, row)),
    }, { question: "Refresh these credentials now?", act: (row) => refreshOne(terminal, row) }),
    {
      keys: ["R"],
      hint: "reveal",
      needs: "REVEAL",
      disabled: revoked,
      run: () => row && void terminal.runAction(() => reveal(terminal, row)),
    },
    {
      keys: ["x"],
      hint: "export profile",
      needs: "REVEAL",
      disabled: revoked ?? notModal,
      run: () => row && void terminal.runAction(() => exportProfile(terminal, row)),
    },
    onMarked(terminal, marks, {
      keys: ["d"],
      hint: "revoke",
      needs: "OPERATE",
      danger: true,
      disabled: revoked,
      run: () => row && void terminal.runAction(() => revoke(terminal, row)),
    }, {
      question: "Destroy the stored tokens of these credentials?",
      act: (row) => revokeOne(terminal, row),
    }),
    {
      keys: ["e"],
      hint: "events",
      disabled: none,
      run: () => row && terminal.enter("events", { kind: "credential", id: row.id, label: row.label }),
    },
    {
      keys: ["y"],
      hint: "copy id",
      quiet: true,
      disabled: none,
      run: () => row && terminal.copy(row.tokenId ?? row.id, "the id"),
    },
  ];
}

async function verify({ api, say }: Terminal, row: CredentialRow): Promise<string> {
  say("Asking Modal …", "dim");
  const answer = await api.client.request(VerifyModalCredential, { id: row.id });
  const { info } = succeeded(answer.verifyModalCredential, "ModalVerified");
  return `Verified: ${info.tokenId} of ${info.workspaceName}${info.username ? `, by ${info.username}` : ""}`;
}

async function refresh(terminal: Terminal, row: CredentialRow): Promise<string> {
  terminal.say(`Refreshing ${row.label} …`, "dim");
  const { expiresAt } = await refreshOne(terminal, row);
  return `Refreshed${expiresAt ? `. It expires ${relative(expiresAt, terminal.api.now())}` : ""}`;
}

async function refreshOne({ api }: Terminal, { id }: CredentialRow) {
  const { result } = await api.client.request(RefreshCredential, { id });
  return succeeded(result, "CredentialChanged").credential;
}

async function readSecret({ api }: Terminal, row: CredentialRow): Promise<unknown> {
  const answer = await api.client.request(RevealCredential, { id: row.id });
  return succeeded(answer.revealCredential, "RevealedCredential").secret;
}

/** Shows the secret for 30 seconds. The server records an event. */
async function reveal(terminal: Terminal, row: CredentialRow): Promise<undefined> {
  if (!await terminal.confirm(`Show the secret of ${row.label} for ${REVEALED_SECONDS} s? This is logged.`)) {
    return;
  }
  const secret = await readSecret(terminal, row);
  terminal.overlay.set({
    title: `The secret of ${row.label}`,
    lines: jsonLines(secret),
    bindings: [{ keys: ["y"], hint: "copy", run: () => terminal.copy(JSON.stringify(secret), "the secret") }],
    closesAt: terminal.api.now() + REVEALED_SECONDS * 1000,
  });
  return undefined;
}

/** Writes the token to a new Modal configuration file. */
async function exportProfile(terminal: Terminal, row: CredentialRow): Promise<string | undefined> {
  if (!await terminal.confirm(`Write the token of ${row.label} to a file? This is logged.`)) return;
  const { server } = await terminal.api.client.request(Greeting, {});
  const token = await readSecret(terminal, row) as ModalToken;
  const { name, text } = modalProfile(row.label, token, server.modalServerUrl);
  const path = await terminal.api.desktop.save(name, text);
  return `Wrote ${path}. Use it with MODAL_CONFIG_PATH=${path}`;
}

async function revoke(terminal: Terminal, row: CredentialRow): Promise<string | undefined> {
  if (!await terminal.confirm(`Destroy the stored tokens of ${row.label}?`)) return;
  const { lastFailure } = await revokeOne(terminal, row);
  return lastFailure ?? "Revoked";
}

async function revokeOne({ api }: Terminal, { id }: CredentialRow) {
  const { result } = await api.client.request(RevokeCredential, { id });
  return succeeded(result, "CredentialChanged").credential;
}
