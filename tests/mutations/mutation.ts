import { fileURLToPath } from "node:url";

/** A small fault, planted in one place of the server. */
export type Mutation = {
  /** What the server does wrong with it. */
  name: string;
  /** Path from the project's root. */
  file: string;
  /** Text that occurs once in the file, and the text in its place. */
  before: string;
  after: string;
  /** Tests that are tried first: beginnings of their paths below `tests`. */
  suites: readonly string[];
  /** Why no user can tell the difference. Such a mutation is not planted. */
  equivalent?: string;
};

export const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The text of its file with the fault. Throws when the place to plant it is gone, or is there twice. */
export function mutate({ name, before, after }: Mutation, text: string): string {
  const [head = "", ...tail] = text.split(before);
  if (tail.length !== 1 || before === after) {
    throw new Error(`Cannot plant "${name}": its text occurs ${tail.length} times, not once`);
  }
  return `${head}${after}${tail[0]}`;
}
