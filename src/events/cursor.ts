import { AuthError, InvalidInput } from "../lib/errors.ts";

/**
 * A place in the log, after the event at `position`. Its reader knows that old events up to the position `pruned` were
 * deleted, so only the deletion of later ones is reported.
 */
export type Cursor = { position: number; pruned: number };

/** Old events after the cursor were deleted. The reader can continue from `remedy.cursor` with the others. */
export class CursorExpired extends AuthError {
  readonly code = "CURSOR_EXPIRED";
  constructor(cursor: string) {
    super("Cannot continue from this cursor: events after it were deleted because of their age", {
      actionRequired: "Continue from `extensions.cursor`, which skips the deleted events",
      cursor,
    });
  }
}

/** Encodes a cursor, which clients treat as opaque. */
export function toCursor({ position, pruned }: Cursor): string {
  return [position, ...(pruned > position ? [pruned] : [])].map((each) => each.toString(36)).join("-");
}

/** Decodes a cursor. Throws `InvalidInput` if `toCursor` cannot have produced it. */
export function fromCursor(text: string): Cursor {
  const [position = NaN, pruned = 0] = /^[0-9a-z]{1,11}(-[0-9a-z]{1,11})?$/.test(text)
    ? text.split("-").map((part) => parseInt(part, 36))
    : [];
  const cursor = { position, pruned };
  if (![position, pruned].every(Number.isSafeInteger) || toCursor(cursor) !== text) {
    throw new InvalidInput("Cannot continue from this cursor: this server did not issue it");
  }
  return cursor;
}

/** Throws `CursorExpired` if events after the cursor, up to `pruned`, were deleted and its reader does not know it. */
export function checkCursor(cursor: Cursor, pruned: number): void {
  if (pruned > Math.max(cursor.position, cursor.pruned)) {
    throw new CursorExpired(toCursor({ position: cursor.position, pruned }));
  }
}
