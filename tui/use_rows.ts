import { useState } from "react";
import { type Loaded, useLoad } from "./use_server.ts";

/** Rows that are read at first. */
const FIRST = 50;

/** Rows that one request may ask for. */
const MOST = 500;

/** Which part of a list is asked for: so many before this cursor, or of all. */
export type PageArgs = { last: number; before: string | null };

/** What the server answers: the oldest first. */
export type Page<Row> = {
  nodes: readonly Row[];
  pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
  totalCount?: number | null;
};

export type Rows<Row> = Loaded<readonly Row[]> & {
  /** Whether there are older ones than those that were read. */
  hasOlder: boolean;
  /** How many there are in all, where the server says so. */
  totalCount: number | null | undefined;
  /** Reads further back, if there is more. */
  readOlder: () => void;
  reload: () => void;
};

/**
 * The newest rows of a list, the newest first, and older ones as one asks for them. All that are shown are read again
 * when `useLoad` reads: as many as the list has become, not a page of it.
 */
export function useRows<Row>(
  key: string,
  read: (args: PageArgs) => Promise<Page<Row>>,
  hints: readonly string[],
): Rows<Row> {
  const [wanted, setWanted] = useState({ key, rows: FIRST });
  const count = wanted.key === key ? wanted.rows : FIRST;
  const { value, ...loaded } = useLoad(`${count} ${key}`, () => readNewest(read, count), hints);
  return {
    ...loaded,
    value: value?.rows,
    hasOlder: value?.hasOlder ?? false,
    totalCount: value?.totalCount,
    readOlder() {
      // Twice as many each time: whoever goes far back waits seldom.
      if (value?.hasOlder && !loaded.loading) setWanted({ key, rows: count * 2 });
    },
  };
}

async function readNewest<Row>(read: (args: PageArgs) => Promise<Page<Row>>, wanted: number) {
  const rows: Row[] = [];
  let page: Page<Row>;
  let before: string | null = null;
  do {
    page = await read({ last: Math.min(MOST, wanted - rows.length), before });
    rows.push(...page.nodes.toReversed());
    before = page.pageInfo.startCursor;
  } while (page.pageInfo.hasPreviousPage && rows.length < wanted);
  return { rows, hasOlder: page.pageInfo.hasPreviousPage, totalCount: page.totalCount };
}
