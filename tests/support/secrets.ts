import assert from "node:assert/strict";
import { configureLogging } from "../../src/lib/logging.ts";
import { reset } from "@logtape/logtape";
import { sql } from "kysely";
import type { Database } from "../../src/platform/db/database.ts";

/** Every form in which a secret could leak: as it is, and as base64 or hex of its bytes. */
export function formsOf(secret: string | Uint8Array): string[] {
  const bytes = typeof secret === "string" ? new TextEncoder().encode(secret) : secret;
  const text = typeof secret === "string" ? [secret, JSON.stringify(secret).slice(1, -1)] : [];
  // Inside other data, base64 of a text has one of three alignments. Only its ends depend on the other data.
  const base64 = [0, 1, 2].flatMap((offset) => {
    const shifted = new Uint8Array([...new Uint8Array(offset), ...bytes]);
    return [...new Set([shifted.toBase64(), shifted.toBase64({ alphabet: "base64url" })])]
      .map((form) => form.replace(/=+$/, "").slice(offset === 0 ? 0 : offset + 1, -2));
  });
  return [...text, ...base64, bytes.toHex(), bytes.toHex().toUpperCase()];
}

/** The secrets that occur in `text`, in any form. */
export function leaks(text: string, secrets: readonly (string | Uint8Array)[]): (string | Uint8Array)[] {
  return secrets.filter((secret) => formsOf(secret).some((form) => text.includes(form)));
}

/** Every row of every table, as text. */
export async function dump({ db }: Pick<Database, "db">): Promise<string> {
  const tables = await sql<{ schema: string; name: string }>`
    select schemaname as schema, tablename as name from pg_tables
    where schemaname not in ('pg_catalog', 'information_schema')`.execute(db);
  const dumps = [];
  for (const { schema, name } of tables.rows) {
    const table = sql.id(schema, name);
    const { rows } = await sql<{ row: string }>`select t::text as row from ${table} t`.execute(db);
    dumps.push(`${schema}.${name}\n${rows.map(({ row }) => row).join("\n")}`);
  }
  return dumps.join("\n");
}

/** The part of a dump for one table. */
export function part(text: string, table: string): string {
  const start = text.indexOf(`public.${table}\n`);
  assert.ok(start >= 0, table);
  return text.slice(start).split(/\n(?=\w+\.\w+\n)/)[0] ?? "";
}

/** Captures the server's log at level debug, formatted as on the console, until disposal. */
export async function captureLogs(): Promise<AsyncDisposable & { text(): string }> {
  const lines: string[] = [];
  const methods = ["debug", "info", "warn", "error", "log"] as const;
  const originals = methods.map((method) => console[method]);
  for (const method of methods) {
    console[method] = (...parts: unknown[]) => void lines.push(parts.map(String).join(" "));
  }
  await configureLogging({ level: "debug", format: "json" });
  return {
    text: () => lines.join("\n"),
    [Symbol.asyncDispose]: async () => {
      methods.forEach((method, index) => console[method] = originals[index]!);
      await reset();
    },
  };
}
