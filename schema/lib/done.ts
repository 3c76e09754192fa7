import { builder } from "./builder.ts";
import { DONE_ERRORS } from "./refusals.ts";

/** The result of a mutation without data of its own: one sentence. */
const DoneType = builder.objectRef<{ message: string }>("Done").implement({
  description: "The mutation succeeded.",
  fields: (t) => ({
    ok: t.boolean({
      description: "Always true. A rejected request returns an error type instead.",
      resolve: () => true,
    }),
    message: t.exposeString("message"),
  }),
});

/** The result of every mutation without data of its own. */
export const DoneResult = builder.errorUnion("DoneResult", {
  types: [DoneType, ...DONE_ERRORS],
  resolveType: () => "Done",
});
