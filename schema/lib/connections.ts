import { type DefaultConnectionArguments, resolveCursorConnection } from "@pothos/plugin-relay";
import { InvalidInput } from "../../src/lib/errors.ts";
import { type IdPrefix, isId } from "../../src/lib/ids.ts";
import type { Page } from "../../src/lib/paging.ts";

/** Counts the nodes of all pages; undefined if there are more than `MOST_COUNTED`. */
export type Count = () => Promise<number | undefined>;

/** Maximum nodes on a page. */
const MOST = 500;

const PAGE_SIZES = { defaultSize: 50, maxSize: MOST };

/** Returns a connection over rows in order of creation; the cursor is the row's id. Throws `InvalidInput`. */
export async function connectionById<T extends { id: string }>(
  args: DefaultConnectionArguments,
  prefix: IdPrefix,
  read: (page: Page) => Promise<T[]>,
  count: Count,
) {
  for (const cursor of [args.after, args.before]) {
    if (cursor != null && !isId(prefix, cursor)) {
      throw new InvalidInput(
        "Cannot continue from this cursor: it is not valid. Use a cursor from an earlier page",
      );
    }
  }
  return await connection(args, (row) => row.id, read, count);
}

/**
 * Returns a connection over `read`'s rows. `read` gets cursors as `toCursor` returned them. Throws
 * `InvalidInput`.
 */
export async function connection<T extends object>(
  args: DefaultConnectionArguments,
  toCursor: (row: T) => string,
  read: (page: Page) => Promise<T[]>,
  count: Count,
) {
  checkSizes(args);
  const options = { args, ...PAGE_SIZES, toCursor };
  const page = await resolveCursorConnection<Promise<T[]>>(
    options,
    ({ after, before, limit, inverted }) => read({ after, before, limit, newestFirst: inverted }),
  );
  // Pothos repeats the argument as the cursor of an empty page.
  if (page.edges.length === 0) Object.assign(page.pageInfo, { startCursor: null, endCursor: null });
  return { ...page, count };
}

/** Throws `InvalidInput` for page sizes out of range. */
function checkSizes({ first, last }: DefaultConnectionArguments): void {
  for (const [name, size] of [["first", first], ["last", last]] as const) {
    if (size != null && (size < 0 || size > MOST)) {
      throw new InvalidInput(`Cannot read this page: ${name} must be between 0 and ${MOST}`);
    }
  }
  if (first != null && last != null) {
    throw new InvalidInput("Cannot read this page: give first or last, not both");
  }
}
