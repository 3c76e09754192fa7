import { asEmailCodeFlow, resendAt } from "../../src/sign_in/email_code/email_code.ts";
import { type EmailCodeFlow, requestEmailCode } from "../../src/sign_in/email_code/request_code.ts";
import { verifyEmailCode } from "../../src/sign_in/email_code/verify_code.ts";
import { hasEnded } from "../../src/flows/flows.ts";
import { NodeInterface } from "../lib/node.ts";
import { builder, seenBy } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { FlowInterface, maySeeFlow } from "../flows.ts";
import { MAIL_NOT_CONFIGURED } from "../lib/refusals.ts";
import { SessionTransportEnum, SignInResult, withCookie } from "../accounts/sessions.ts";

const EmailCodeFlowType = builder.objectRef<EmailCodeFlow>("EmailCodeFlow").implement({
  description:
    "A sign-in code sent by mail. Its id is secret: the id and the code together sign the user in.",
  interfaces: [NodeInterface, FlowInterface],
  isTypeOf: seenBy<EmailCodeFlow>(maySeeFlow),
  fields: (t) => ({
    email: t.string({
      description: "The address as typed, without surrounding spaces.",
      resolve: ({ detail }) => detail.email,
    }),
    attemptsLeft: t.int({
      description: "Attempts left for this code. Zero after it was used or has expired.",
      resolve: async (flow, _args, { services }) =>
        hasEnded(flow) ? 0 : await services.load.attemptsLeft.load(flow.id) ?? 0,
    }),
    resendAt: t.field({
      type: "DateTime",
      description:
        "When the caller may request another code for this address. An operation can read it for up to 49 flows.",
      // Each flow takes three statements.
      extensions: { weight: 100 },
      resolve: (flow, _args, { caller, services }) => resendAt(services, caller, asEmailCodeFlow(flow)),
    }),
  }),
});

const EmailCodeSent = builder.objectRef<{ flow: EmailCodeFlow }>("EmailCodeSent").implement({
  description:
    "The request was accepted. The response is the same whether or not an account has the address.",
  fields: (t) => ({ flow: t.expose("flow", { type: EmailCodeFlowType }) }),
});

const EmailCodeResult = builder.errorUnion("EmailCodeResult", {
  types: [EmailCodeSent, MAIL_NOT_CONFIGURED, ...COMMON_ERRORS],
  resolveType: () => "EmailCodeSent",
});

const RequestEmailCodeInput = builder.inputType("RequestEmailCodeInput", {
  fields: (t) => ({ email: t.string({ required: true }) }),
});

const VerifyEmailCodeInput = builder.inputType("VerifyEmailCodeInput", {
  fields: (t) => ({
    flowId: t.id({ required: true, description: "The flow's id from `requestEmailCode`." }),
    code: t.string({
      required: true,
      description: "Six digits. Spaces and full-width digits are accepted.",
    }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

builder.mutationFields((t) => ({
  requestEmailCode: t.field({
    type: EmailCodeResult,
    description:
      "Sends a six-digit sign-in code to an address. Earlier codes stay valid. RATE_LIMITED: try again after `retryAfterSeconds`. MAIL_NOT_CONFIGURED: this server cannot send mail.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { input: t.arg({ type: RequestEmailCodeInput, required: true }) },
    resolve: async (_root, { input }, { caller, services }) => ({
      flow: await requestEmailCode(services, caller, input.email),
    }),
  }),
  verifyEmailCode: t.field({
    type: SignInResult,
    description:
      "Signs in with a code and creates an account if the address has none. A code is valid once and for five attempts. CODE_REJECTED: the code is wrong, used or expired; `attemptsLeft` of the flow says whether to try again.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true, upgradesGuest: true },
    args: { input: t.arg({ type: VerifyEmailCodeInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const transport = input.transport ?? "TOKENS";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(
        context,
        await verifyEmailCode(context.services, context.caller, { ...input, transport }),
      );
    },
  }),
}));
