import { clearLimits } from "../../src/diagnosis/clear_limits.ts";
import { diagnose, type Diagnosis } from "../../src/diagnosis/diagnose.ts";
import type { Finding } from "../../src/diagnosis/facts.ts";
import { UserType } from "../accounts/users.ts";
import { AuthEventConnection, AuthEventType, pageOfEvents } from "../events.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";

const FindingType = builder.objectRef<Finding>("Finding").implement({
  description: "A cause, with what to do about it.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    code: t.exposeString("code", {
      description: "Stable, such as `LIMIT_REACHED`, `MAIL_REFUSED`, `WRONG_PASSWORD` or `NO_SUCH_ACCOUNT`.",
    }),
    cause: t.exposeString("cause", { description: "One sentence: what happened." }),
    cure: t.exposeString("cure", { description: "One sentence: what to do." }),
    since: t.field({
      type: "DateTime",
      nullable: true,
      description: "When it began, if that is known.",
      resolve: ({ since }) => since,
    }),
    until: t.field({
      type: "DateTime",
      nullable: true,
      description: "When it ends by itself; null if it does not.",
      resolve: ({ until }) => until,
    }),
    events: t.field({
      type: [AuthEventType],
      description: "The events that prove it, oldest first; at most the newest 50.",
      resolve: ({ events = [] }) => events.slice(-MOST_PROOF),
    }),
  }),
});

const MOST_PROOF = 50;

const DiagnosisType = builder.objectRef<Diagnosis>("Diagnosis").implement({
  description: "The causes that the server found for a subject, and its events.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    subject: t.exposeString("subject", {
      description: "The subject, as the server understood `identifier`.",
    }),
    user: t.field({
      type: UserType,
      nullable: true,
      description: "The user, if the subject has an account.",
      resolve: ({ user }) => user,
    }),
    findings: t.field({
      type: [FindingType],
      description: "The causes that were found, the most likely first. Empty if nothing is wrong.",
      resolve: ({ findings }) => findings,
    }),
    timeline: t.connection(
      {
        type: AuthEventType,
        description: "All events about the subject, oldest first. Use `last` to page back from the newest.",
        resolve: ({ timeline }, args, { services }) => pageOfEvents(services, args, timeline),
      },
      AuthEventConnection,
    ),
  }),
});

builder.queryField("diagnose", (t) =>
  t.field({
    type: DiagnosisType,
    description:
      "Finds out why someone cannot sign in, or cannot use a connected account, from the events of the last seven days and the present state. Requires the role READ.",
    authScopes: { operator: "READ" },
    args: {
      identifier: t.arg.string({
        required: true,
        description:
          "A username, e-mail address or client address, or the id of a user, session, flow, credential or request.",
      }),
    },
    resolve: (_root, { identifier }, { services }) => diagnose(services, services.rules, identifier),
  }));

builder.mutationField("clearLimits", (t) =>
  t.field({
    type: DoneResult,
    description:
      "Resets the limits of a user, a name without an account, or a client address. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: {
      identifier: t.arg.string({
        required: true,
        description: "A username, e-mail address, client address or user id.",
      }),
    },
    resolve: async (_root, { identifier }, { caller, services }) => {
      await clearLimits(services, caller, identifier);
      return { message: "Cleared" };
    },
  }));
