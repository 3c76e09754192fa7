import type { KyselyPlugin } from "kysely";
import type { TestDatabase } from "./databases.ts";

/** Counts what goes to the database. */
export type Statements = {
  /** All statements that were carried out so far, those of the server's own housekeeping among them. */
  all: number;
  /** Those that were begun so far and touch the table of sessions: housekeeping does so once a minute. */
  aboutSessions: number;
};

/** `database`, with everything counted that an app does with it. */
export function counted(database: TestDatabase): TestDatabase & { statements: Statements } {
  const statements: Statements = { all: 0, aboutSessions: 0 };
  const plugin: KyselyPlugin = {
    transformQuery: ({ node }) => {
      if (/\bsessions\b/.test(JSON.stringify(node, withoutValues))) statements.aboutSessions++;
      return node;
    },
    transformResult: ({ result }) => Promise.resolve(result),
  };
  return {
    ...database,
    statements,
    open: async (observe) => {
      const opened = await database.open((outcome) => {
        statements.all++;
        observe?.(outcome);
      });
      return { ...opened, db: opened.db.withPlugin(plugin) };
    },
  };
}

/** A value may be anything, a session's id or a number too big for JSON; only the statement itself counts. */
function withoutValues(key: string, value: unknown): unknown {
  return ["value", "values", "parameters"].includes(key) ? undefined : value;
}
