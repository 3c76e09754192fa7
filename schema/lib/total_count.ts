import { MOST_COUNTED } from "../../src/lib/paging.ts";
import { builder } from "./builder.ts";

builder.globalConnectionField("totalCount", (t) =>
  t.int({
    nullable: true,
    description: `The number of objects on all pages; null if there are more than ${
      MOST_COUNTED.toLocaleString("en")
    }.`,
    resolve: ({ count }) => count(),
  }));
