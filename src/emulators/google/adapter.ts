import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

type Row = { payload: AdapterPayload; expiresAt: number };

/** Row limits for each kind. The oldest rows are removed first. Without a limit, refreshes would fill the memory. */
const MAX_ROWS: Readonly<Record<string, number>> = { RefreshToken: 200_000, Grant: 200_000 };
const MAX_OTHER_ROWS = 10_000;

/** Finds a client in the provider's format; undefined for an unknown client. */
export type FindClient = (clientId: string) => AdapterPayload | undefined;

/** The storage of oidc-provider: in memory, until a row expires or reaches the limit. */
export function memoryAdapter(findClient: FindClient): AdapterFactory {
  return (kind) => kind === "Client" ? clientsOnly(findClient) : newTable(MAX_ROWS[kind] ?? MAX_OTHER_ROWS);
}

function newTable(maxRows: number): Adapter {
  const rows = new Map<string, Row>();
  const live = (id: string) => {
    const row = rows.get(id);
    return row && row.expiresAt > Date.now() ? row.payload : undefined;
  };
  return {
    upsert(id, payload, expiresInSeconds = Infinity) {
      rows.delete(id);
      rows.set(id, { payload, expiresAt: Date.now() + expiresInSeconds * 1000 });
      const [oldest] = rows.keys();
      if (rows.size > maxRows && oldest !== undefined) rows.delete(oldest);
      return Promise.resolve();
    },
    find: (id) => Promise.resolve(live(id)),
    consume(id) {
      const payload = live(id);
      if (payload) payload["consumed"] = Math.floor(Date.now() / 1000);
      return Promise.resolve();
    },
    destroy(id) {
      rows.delete(id);
      return Promise.resolve();
    },
    revokeByGrantId(grantId) {
      for (const [id, { payload }] of rows) if (payload.grantId === grantId) rows.delete(id);
      return Promise.resolve();
    },
    // Sessions and device codes are not used.
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
  };
}

function clientsOnly(findClient: FindClient): Adapter {
  return { ...newTable(0), find: (id) => Promise.resolve(findClient(id)) };
}
