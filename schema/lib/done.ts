import { builder } from "./builder.ts";
import { DONE_ERRORS } from "./refusals.ts";

/** What was done, in a sentence. */
const DoneType = builder.objectRef<{ message: string }>("Done").implement({
  description: "It was done.",
  fields: (t) => ({
    ok: t.boolean({
      description: "Always true: what was refused answers an error type.",
      resolve: () => true,
    }),
    message: t.exposeString("message"),
  }),
});

/** What a mutation answers that makes nothing to show. */
export const DoneResult = builder.errorUnion("DoneResult", {
  types: [DoneType, ...DONE_ERRORS],
  resolveType: () => "Done",
});
