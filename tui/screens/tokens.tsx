import { useMemo } from "react";
import { RevealCredential } from "../../src/client/operator_documents.ts";
import { succeeded } from "../../src/client/succeeded.ts";
import {
  type CredentialRow,
  ListCredentials,
  RefreshCredential,
  RevokeCredential,
  VerifyCredential,
} from "../documents/credentials.ts";
import { Greeting } from "../documents/server.ts";
import { jsonLines } from "../json_lines.ts";
import { field, type Line } from "../lines.tsx";
import { type Column, ListScreen } from "../list_screen.tsx";
import { modalProfile, type ModalToken } from "../modal_profile.ts";
import { rowsLike } from "../rows_like.ts";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { type Terminal, useTerminal } from "../terminal.ts";
import { SIGN, type Tone } from "../theme.ts";
import { dateTime, relative } from "../time.ts";
import { useNow } from "../use_server.ts";
import { useRows } from "../use_rows.ts";

/** A revealed secret leaves the screen after this. */
const REVEALED_SECONDS = 30;

const HEALTH: Record<CredentialRow["health"], { sign: string; tone: Tone }> = {
  HEALTHY: { sign: SIGN.good, tone: "good" },
  EXPIRING: { sign: SIGN.warn, tone: "warn" },
  EXPIRED: { sign: SIGN.bad, tone: "bad" },
  REAUTHORIZATION_REQUIRED: { sign: SIGN.bad, tone: "bad" },
  REVOKED: { sign: SIGN.dim, tone: "dim" },
  UNKNOWN: { sign: SIGN.open, tone: "warn" },
};

/** Credentials of every provider, with their health. */
export function TokensScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter } = useStore(place.list);
  const now = useNow();
  const { value, problem, loading, reload, hasOlder, readOlder } = useRows(
    "credentials",
    async (page) => (await client.request(ListCredentials, page)).credentials,
    ["credential."],
  );
  const rows = useMemo(() => rowsLike(value ?? [], filter), [value, filter]);
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Tokens"
      rows={rows}
      keyOf={({ id }) => id}
      columns={columns(now)}
      detail={(row) => credentialLines(row, now)}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      empty={filter ? "No credential is like that" : "The vault is empty"}
      bindings={(row) => {
        const none = row ? undefined : "There is no credential";
        const alive = none ?? (row?.health === "REVOKED" ? "There is no token any more" : undefined);
        const modal = row?.provider === "MODAL" ? undefined : "This is for Modal's tokens";
        return [
          {
            keys: ["v"],
            hint: "verify",
            needs: "OPERATE",
            disabled: alive ?? modal,
            run: () => row && void terminal.act(() => verify(terminal, row)),
          },
          {
            keys: ["f"],
            hint: "refresh now",
            needs: "OPERATE",
            disabled: alive ?? (row?.hasRefreshToken ? undefined : "It has no refresh token"),
            run: () => row && void terminal.act(() => refresh(terminal, row)),
          },
          {
            keys: ["R"],
            hint: "reveal",
            needs: "REVEAL",
            disabled: alive,
            run: () => row && void terminal.act(() => reveal(terminal, row)),
          },
          {
            keys: ["x"],
            hint: "export profile",
            needs: "REVEAL",
            disabled: alive ?? modal,
            run: () => row && void terminal.act(() => exportProfile(terminal, row)),
          },
          {
            keys: ["d"],
            hint: "revoke",
            needs: "OPERATE",
            danger: true,
            disabled: alive,
            run: () => row && void terminal.act(() => revoke(terminal, row)),
          },
          {
            keys: ["e"],
            hint: "its events",
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
          { keys: ["r"], hint: "reload", quiet: true, run: reload },
        ];
      }}
    />
  );
}

function columns(now: number): Column<CredentialRow>[] {
  return [
    {
      title: "HEALTH",
      cells: 12,
      of: ({ health }) => ({ text: `${HEALTH[health].sign} ${health}`, tone: HEALTH[health].tone }),
    },
    { title: "PROVIDER", cells: 8, of: ({ provider }) => provider },
    { title: "LABEL", of: ({ label }) => label },
    { title: "EXPIRES", cells: 16, of: (row) => ({ text: expiry(row, now), tone: "dim" }) },
  ];
}

function expiry({ expiresAt }: CredentialRow, now: number): string {
  return expiresAt ? relative(expiresAt, now) : "never";
}

function credentialLines(row: CredentialRow, now: number): Line[] {
  const { sign, tone } = HEALTH[row.health];
  return [
    [{ text: `${row.label}  `, tone: "title" }, { text: `${sign} ${row.health}`, tone }],
    [{ text: row.id, tone: "dim" }],
    [],
    ...(row.lastFailure ? [[{ text: `${SIGN.bad} `, tone: "bad" as const }, row.lastFailure], []] : []),
    ...field("authorise", row.authorizationUrl, "accent"),
    ...field("provider", row.provider),
    ...field("token", row.tokenId),
    ...field("scopes", row.scopes.join(" ")),
    ...field("owner", row.owner ? row.owner.username ?? row.owner.email ?? row.owner.id : "an operator"),
    ...field("expires", `${expiry(row, now)}${row.expiresAt ? `  (${dateTime(row.expiresAt)})` : ""}`),
    ...field("refreshable", row.hasRefreshToken ? "yes" : "no"),
    ...field("checked", row.lastCheckedAt ? relative(row.lastCheckedAt, now) : "not yet"),
    ...field("refreshed", row.lastRefreshedAt && relative(row.lastRefreshedAt, now)),
    ...field("stored", dateTime(row.createdAt)),
  ];
}

async function verify({ api, say }: Terminal, row: CredentialRow): Promise<string> {
  say("Asking Modal …", "dim");
  const answer = await api.client.request(VerifyCredential, { id: row.id });
  const { info } = succeeded(answer.verifyModalCredential, "ModalVerified");
  return `It works: ${info.tokenId} of ${info.workspaceName}${info.username ? `, by ${info.username}` : ""}`;
}

async function refresh({ api, say }: Terminal, row: CredentialRow): Promise<string> {
  say(`Refreshing ${row.label} …`, "dim");
  const answer = await api.client.request(RefreshCredential, { id: row.id });
  const { credential: { expiresAt } } = succeeded(answer.refreshCredential, "CredentialChanged");
  return `Refreshed${expiresAt ? `: it expires ${relative(expiresAt, api.now())}` : ""}`;
}

async function readSecret({ api }: Terminal, row: CredentialRow): Promise<unknown> {
  const answer = await api.client.request(RevealCredential, { id: row.id });
  return succeeded(answer.revealCredential, "RevealedCredential").secret;
}

/** Shows the secret for half a minute. That it was shown is an event. */
async function reveal(terminal: Terminal, row: CredentialRow): Promise<undefined> {
  if (!await terminal.confirm(`Show the secret of ${row.label} for ${REVEALED_SECONDS} s? It is recorded.`)) {
    return;
  }
  const secret = await readSecret(terminal, row);
  terminal.cover.set({
    title: `The secret of ${row.label}`,
    lines: jsonLines(secret),
    bindings: [{ keys: ["y"], hint: "copy", run: () => terminal.copy(JSON.stringify(secret), "the secret") }],
    closesAt: terminal.api.now() + REVEALED_SECONDS * 1000,
  });
  return undefined;
}

/** Writes the token as a Modal configuration file of its own. */
async function exportProfile(terminal: Terminal, row: CredentialRow): Promise<string | undefined> {
  if (!await terminal.confirm(`Write the token of ${row.label} to a file? It is recorded.`)) return;
  const { server } = await terminal.api.client.request(Greeting, {});
  const token = await readSecret(terminal, row) as ModalToken;
  const { name, text } = modalProfile(row.label, token, server.modalServerUrl);
  const path = await terminal.api.desktop.save(name, text);
  return `Wrote ${path}: use it with MODAL_CONFIG_PATH=${path}`;
}

async function revoke(terminal: Terminal, row: CredentialRow): Promise<string | undefined> {
  if (!await terminal.confirm(`Destroy the stored tokens of ${row.label}?`)) return;
  const answer = await terminal.api.client.request(RevokeCredential, { id: row.id });
  const { credential } = succeeded(answer.revokeCredential, "CredentialChanged");
  return credential.lastFailure ?? "Revoked";
}
