import { useMemo } from "react";
import { type CredentialRow, ListCredentials, OneCredential } from "../documents/credentials.ts";
import { field, type Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { Column } from "../table.tsx";
import { filterRows } from "../filter_rows.ts";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import { useTerminal } from "../terminal.ts";
import { SIGN, type Tone } from "../theme.ts";
import { dateTime, relative } from "../time.ts";
import { useNow } from "../use_server.ts";
import { idAbout } from "../places.ts";
import { onePage, useRows } from "../use_rows.ts";
import { tokenKeys } from "./token_keys.ts";
import { nameOf, userSubject } from "./user_name.ts";

const HEALTH: Record<CredentialRow["health"], { sign: string; tone: Tone }> = {
  HEALTHY: { sign: SIGN.good, tone: "good" },
  EXPIRING: { sign: SIGN.warn, tone: "warn" },
  EXPIRED: { sign: SIGN.bad, tone: "bad" },
  REAUTHORIZATION_REQUIRED: { sign: SIGN.bad, tone: "bad" },
  REVOKED: { sign: SIGN.dim, tone: "dim" },
  UNKNOWN: { sign: SIGN.open, tone: "warn" },
};

/** All stored credentials, with their health. */
export function TokensScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter, onlyTroubled } = useStore(place.list);
  const now = useNow();
  const only = idAbout(place, "credential");
  const { value, problem, loading, reload, hasOlder, readOlder } = useRows(
    only ?? `credentials ${onlyTroubled}`,
    async (page) => {
      if (!only) return (await client.request(ListCredentials, { ...page, onlyTroubled })).credentials;
      const { credential } = await client.request(OneCredential, { id: only });
      return onePage(credential ? [credential] : []);
    },
    ["credential."],
  );
  const rows = useMemo(() => filterRows(value ?? [], filter), [value, filter]);
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Tokens"
      rows={rows}
      keyOf={({ id }) => id}
      toneOf={({ health }) => HEALTH[health].tone}
      columns={columns(now)}
      detail={(row) => credentialLines(row, now)}
      problem={problem}
      loading={loading}
      hasOlder={hasOlder}
      readOlder={readOlder}
      reload={reload}
      empty={filter
        ? "No credentials match"
        : only
        ? "This credential no longer exists"
        : onlyTroubled
        ? "No credential needs attention"
        : "The vault is empty"}
      leadsTo={({ id, owner }) => ({ asks: id, user: userSubject(owner) })}
      canMark
      canLimit={!only}
      bindings={(row, marks) => tokenKeys(terminal, row, marks)}
    />
  );
}

function columns(now: number): Column<CredentialRow>[] {
  return [
    {
      title: "HEALTH",
      cells: 12,
      of: ({ health }) => ({ text: `${HEALTH[health].sign} ${health}`, tone: HEALTH[health].tone }),
      by: ({ health }) => health,
    },
    { title: "PROVIDER", cells: 8, of: ({ provider }) => provider, by: ({ provider }) => provider },
    { title: "LABEL", of: ({ label }) => label, by: ({ label }) => label },
    { title: "OWNER", from: 78, of: ownerOf, by: ownerOf },
    {
      title: "EXPIRES",
      cells: 16,
      of: (row) => ({ text: expiry(row, now), tone: "dim" }),
      by: ({ expiresAt }) => expiresAt,
    },
  ];
}

function ownerOf({ owner }: CredentialRow): string {
  return owner ? nameOf(owner) : "an operator";
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
    ...field("owner", ownerOf(row)),
    ...field("expires", `${expiry(row, now)}${row.expiresAt ? `  (${dateTime(row.expiresAt)})` : ""}`),
    ...field("refreshable", row.hasRefreshToken ? "yes" : "no"),
    ...field("checked", row.lastCheckedAt ? relative(row.lastCheckedAt, now) : "not yet"),
    ...field("refreshed", row.lastRefreshedAt && relative(row.lastRefreshedAt, now)),
    ...field("stored", dateTime(row.createdAt)),
  ];
}
