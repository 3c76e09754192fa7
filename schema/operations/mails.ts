import { followEvents } from "../../src/events/follow.ts";
import { findMail, type Mail, MailNotFound, pageOfMails, resendMail } from "../../src/accounts/mail/mail.ts";
import { builder } from "../lib/builder.ts";
import { connectionById } from "../lib/connections.ts";
import { DoneResult } from "../lib/done.ts";
import { whileAllowed } from "../lib/subscriptions.ts";

const MailStatusEnum = builder.enumType("MailStatus", {
  values: {
    QUEUED: {},
    SENDING: {},
    SENT: { description: "The mail server has taken it." },
    RETRYING: { description: "It was not taken, and will be tried again." },
    DEAD: { description: "Given up: it was refused for good, or its time is over." },
  } as const,
});

const MailType = builder.objectRef<Mail>("Mail").implement({
  description: "A mail of the outbox; never what it says.",
  authScopes: { operator: "READ" },
  fields: (t) => ({
    id: t.exposeID("id"),
    to: t.exposeString("to"),
    subject: t.exposeString("subject", { description: "Without the code." }),
    status: t.expose("status", { type: MailStatusEnum }),
    attempts: t.exposeInt("attempts"),
    lastError: t.exposeString("lastError", { nullable: true }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    sentAt: t.expose("sentAt", { type: "DateTime", nullable: true }),
    flowId: t.id({ nullable: true, resolve: ({ flowId }) => flowId }),
  }),
});

builder.queryField("mails", (t) =>
  t.connection(
    {
      type: MailType,
      description: "The outbox, for operators, in order of creation.",
      authScopes: { operator: "READ" },
      args: { status: t.arg({ type: MailStatusEnum }) },
      resolve: (_root, args, { services }) =>
        connectionById(args, "mal", (page) =>
          pageOfMails(services.db, page, { status: args.status ?? undefined })),
    },
    { name: "MailConnection" },
    { name: "MailEdge" },
  ));

builder.mutationField("resendMail", (t) =>
  t.field({
    type: DoneResult,
    description:
      "Tries a mail that waits for its next try at once. What was sent or given up is gone: a new one must be asked for.",
    authScopes: { operator: "OPERATE" },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { services }) => {
      await resendMail(services, id);
      return { message: "It is tried at once" };
    },
  }));

/** Each is a change of a mail's status. */
const MAIL_EVENTS = ["mail.queued", "mail.sent", "mail.retrying", "mail.dead"];

builder.subscriptionField("mails", (t) =>
  t.field({
    type: MailType,
    description: "Every mail whose status changes, as it is then.",
    authScopes: { operator: "READ" },
    subscribe: async (_root, _args, context) => {
      const { db, eventLog: log } = context.services;
      return whileAllowed(context, await followEvents({ db, log }, { types: MAIL_EVENTS }, undefined));
    },
    resolve: async ({ data }, _args, { services }) => {
      const mail = await findMail(services.db, String(data["mailId"]));
      if (!mail) throw new MailNotFound();
      return mail;
    },
  }));
