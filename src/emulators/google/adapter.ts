import type { Adapter, AdapterFactory, AdapterPayload } from "oidc-provider";

type Row = { payload: AdapterPayload; expiresAt: number };

/** What is kept of each kind; the oldest go first. Refreshing makes access tokens for ever, and nobody reads most. */
const MOST: Readonly<Record<string, number>> = { RefreshToken: 200_000, Grant: 200_000 };
const MOST_OF_OTHERS = 10_000;

/** A client as the provider stores one; undefined when there is no such client. */
export type FindClient = (clientId: string) => AdapterPayload | undefined;

/** Where oidc-provider keeps what it makes: in memory, until it expires or too much is newer. */
export function memoryAdapter(findClient: FindClient): AdapterFactory {
  return (kind) => kind === "Client" ? clientsOnly(findClient) : newTable(MOST[kind] ?? MOST_OF_OTHERS);
}

function newTable(most: number): Adapter {
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
      if (rows.size > most && oldest !== undefined) rows.delete(oldest);
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
    // Sessions and device codes, which nobody has here.
    findByUid: () => Promise.resolve(undefined),
    findByUserCode: () => Promise.resolve(undefined),
  };
}

function clientsOnly(findClient: FindClient): Adapter {
  return { ...newTable(0), find: (id) => Promise.resolve(findClient(id)) };
}
