import { followEvents } from "../../src/events/follow.ts";
import {
  countMails,
  findMail,
  type Mail,
  MailNotFound,
  pageOfMails,
  resendMail,
} from "../../src/accounts/mail/mail.ts";
import { builder } from "../lib/builder.ts";
import { connectionById } from "../lib/connections.ts";
import { DoneResult } from "../lib/done.ts";
import { NodeInterface } from "../lib/node.ts";
import { whileAllowed } from "../lib/subscriptions.ts";

const MailStatusEnum = builder.enumType("MailStatus", {
  values: {
    QUEUED: { description: "Waits to be sent." },
    SENDING: { description: "Being sent now." },
    SENT: { description: "The mail server accepted the mail." },
    RETRYING: { description: "The last attempt failed. The server will try again." },
    DEAD: { description: "The server stopped trying: the mail was rejected permanently, or it is too old." },
  } as const,
});

const MailType = builder.objectRef<Mail>("Mail").implement({
  description: "A mail in the outbox, without its text.",
  authScopes: { operator: "READ" },
  interfaces: [NodeInterface],
  fields: (t) => ({
    id: t.exposeID("id"),
    to: t.exposeString("to"),
    subject: t.exposeString("subject", { description: "The subject, without the code." }),
    status: t.expose("status", { type: MailStatusEnum }),
    attempts: t.exposeInt("attempts", { description: "Attempts so far." }),
    lastError: t.exposeString("lastError", { nullable: true, description: "Why the last attempt failed." }),
    createdAt: t.expose("createdAt", { type: "DateTime" }),
    sentAt: t.expose("sentAt", { type: "DateTime", nullable: true }),
    flowId: t.id({
      nullable: true,
      description: "The flow that the mail belongs to, or null.",
      resolve: ({ flowId }) => flowId,
    }),
  }),
});

builder.queryField("mails", (t) =>
  t.connection(
    {
      type: MailType,
      description: "The outbox, in order of creation. Requires the role READ.",
      authScopes: { operator: "READ" },
      args: { status: t.arg({ type: MailStatusEnum }) },
      resolve: (_root, { status, ...args }, { services: { db } }) => {
        const filter = { status: status ?? undefined };
        return connectionById(args, "mal", (page) =>
          pageOfMails(db, page, filter), () =>
          countMails(db, filter));
      },
    },
    { name: "MailConnection" },
    { name: "MailEdge" },
  ));

builder.mutationField("resendMail", (t) =>
  t.field({
    type: DoneResult,
    description:
      "Sends a mail that waits for its next attempt now. A mail that was sent or abandoned cannot be sent again, because its text is deleted. Requires the role OPERATE.",
    authScopes: { operator: "OPERATE" },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, { services }) => {
      await resendMail(services, id);
      return { message: "The mail is being sent now" };
    },
  }));

/** Events that change a mail's status. */
const MAIL_EVENTS = ["mail.queued", "mail.sent", "mail.retrying", "mail.dead"];

builder.subscriptionField("mails", (t) =>
  t.field({
    type: MailType,
    description: "Sends a mail whenever its status changes. Requires the role READ.",
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
