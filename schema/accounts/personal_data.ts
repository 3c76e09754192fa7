import { exportPersonalData } from "../../src/accounts/personal_data/personal_data.ts";
import { MOST_ROWS } from "../../src/accounts/personal_data/held_tables.ts";
import { builder } from "../lib/builder.ts";

builder.queryField("personalData", (t) =>
  t.field({
    type: "JSON",
    description:
      `All data that the server holds of the caller, without secrets: \`exportedAt\`, and for each table a section \`{ count, truncated, rows }\` with the newest ${MOST_ROWS} rows. The caller must have proven their strongest factor in this session within the last ten minutes, or signed in if there is none, otherwise STEP_UP_REQUIRED. With \`userId\`, of any user; requires the role READ. Each export is recorded as an event.`,
    authScopes: { signedIn: true },
    extensions: { writesEvent: true },
    args: { userId: t.arg.id() },
    resolve: (_root, { userId }, { caller, services }) =>
      exportPersonalData(services, caller, userId ?? undefined),
  }));
