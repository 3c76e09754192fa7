import { succeeded } from "../../src/client/operator/succeeded.ts";
import { type KeyRow, ListKeys, RotateKeys } from "../documents/keys.ts";
import { filterRows } from "../filter_rows.ts";
import { field, type Line } from "../lines.tsx";
import { ListScreen } from "../list_screen.tsx";
import type { ScreenProps } from "../screens.ts";
import { useStore } from "../store.ts";
import type { Column } from "../table.tsx";
import { type Terminal, useTerminal } from "../terminal.ts";
import { SIGN, type Tone } from "../theme.ts";
import { dateTime, relative } from "../time.ts";
import { useLoad, useNow } from "../use_server.ts";

/** The keys that sign access tokens, newest first. */
export function KeysScreen({ place, width, height }: ScreenProps) {
  const terminal = useTerminal();
  const { client } = terminal.api;
  const { filter } = useStore(place.list);
  const now = useNow();
  const { value = [], problem, loading, reload } = useLoad(
    "keys",
    async () => (await client.request(ListKeys, {})).signingKeys.toReversed(),
    ["signing_key."],
  );
  return (
    <ListScreen
      place={place}
      width={width}
      height={height}
      title="Signing keys"
      rows={filterRows(value, filter)}
      keyOf={({ id }) => id}
      toneOf={(row) => stateOf(row, now).tone}
      columns={columns(now)}
      detail={(row) => keyLines(row, now)}
      problem={problem}
      loading={loading}
      reload={reload}
      empty={filter ? "No keys match" : "No keys"}
      bindings={(row) => [
        {
          keys: ["N"],
          hint: "rotate",
          needs: "OPERATE",
          run: () => void terminal.runAction(() => rotate(terminal)),
        },
        {
          keys: ["y"],
          hint: "copy id",
          quiet: true,
          disabled: row ? undefined : "No key selected",
          run: () => row && terminal.copy(row.id, "the id"),
        },
      ]}
    />
  );
}

function columns(now: number): Column<KeyRow>[] {
  return [
    { title: "STATE", cells: 10, of: (row) => stateOf(row, now) },
    { title: "KEY", of: ({ id }) => id },
    { title: "ALGORITHM", cells: 9, of: ({ algorithm }) => algorithm, by: ({ algorithm }) => algorithm },
    {
      title: "SIGNS FROM",
      cells: 16,
      of: ({ signsFrom }) => ({ text: relative(signsFrom, now), tone: "dim" }),
      by: ({ signsFrom }) => signsFrom,
    },
  ];
}

function stateOf({ signs, signsFrom }: KeyRow, now: number): { text: string; tone: Tone } {
  if (signs) return { text: `${SIGN.good} SIGNS`, tone: "good" };
  return Date.parse(signsFrom) > now
    ? { text: `${SIGN.open} WAITS`, tone: "plain" }
    : { text: `${SIGN.dim} VERIFIES`, tone: "dim" };
}

function keyLines(row: KeyRow, now: number): Line[] {
  return [
    [{ text: `${row.algorithm}  `, tone: "title" }, stateOf(row, now)],
    [{ text: row.id, tone: "dim" }],
    [],
    ...field("published", dateTime(row.createdAt)),
    ...field("signs from", dateTime(row.signsFrom)),
    [],
    ["A new key signs five minutes after it was published. The old one verifies its tokens until they expire."],
  ];
}

async function rotate({ api, confirm }: Terminal): Promise<string | undefined> {
  if (!await confirm("Publish a new signing key of each algorithm?")) return;
  return succeeded((await api.client.request(RotateKeys, {})).rotateSigningKey, "Done").message;
}
