import { useState } from "react";
import { type Loaded, useLoad } from "./use_server.ts";

/** Rows in the first request. */
const FIRST_ROWS = 50;

/** The server's limit for one request. */
const MAX_PAGE_ROWS = 500;

/** The last rows before a cursor, or the last of all when it is null. */
export type PageArgs = { last: number; before: string | null };

/** A page of the server's answer, oldest row first. */
export type Page<Row> = {
  nodes: readonly Row[];
  pageInfo: { hasPreviousPage: boolean; startCursor: string | null };
  totalCount?: number | null;
};

export type Rows<Row> = Loaded<readonly Row[]> & {
  /** Whether the server has older rows than those loaded. */
  hasOlder: boolean;
  /** The number of all rows, for the lists where the server reports it. */
  totalCount: number | null | undefined;
  /** Loads older rows, if there are any. */
  readOlder: () => void;
  reload: () => Promise<void>;
};

/**
 * Loads the rows of a list, newest first, and older ones on demand. Every reload reads as many rows as the list has
 * grown to, not only the first page.
 */
export function useRows<Row>(
  key: string,
  read: (args: PageArgs) => Promise<Page<Row>>,
  hints: readonly string[],
): Rows<Row> {
  const [wanted, setWanted] = useState({ key, rows: FIRST_ROWS });
  const count = wanted.key === key ? wanted.rows : FIRST_ROWS;
  const { value, ...loaded } = useLoad(`${count} ${key}`, () => readNewest(read, count), hints);
  return {
    ...loaded,
    value: value?.rows,
    hasOlder: value?.hasOlder ?? false,
    totalCount: value?.totalCount,
    readOlder() {
      // Doubled each time, so that scrolling far back needs few requests.
      if (value?.hasOlder && !loaded.loading) setWanted({ key, rows: count * 2 });
    },
  };
}

/** A page with all rows of an answer that has no pages. */
export function onePage<Row>(nodes: readonly Row[]): Page<Row> {
  return { nodes, pageInfo: { hasPreviousPage: false, startCursor: null } };
}

/** Reads the newest rows, newest first, with as many requests as necessary. */
export async function readNewest<Row>(read: (args: PageArgs) => Promise<Page<Row>>, wanted: number) {
  const rows: Row[] = [];
  let page: Page<Row>;
  let before: string | null = null;
  do {
    page = await read({ last: Math.min(MAX_PAGE_ROWS, wanted - rows.length), before });
    rows.push(...page.nodes.toReversed());
    before = page.pageInfo.startCursor;
  } while (page.pageInfo.hasPreviousPage && rows.length < wanted);
  return { rows, hasOlder: page.pageInfo.hasPreviousPage, totalCount: page.totalCount };
}
