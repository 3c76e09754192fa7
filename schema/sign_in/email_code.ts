import { asEmailCodeFlow, resendAt } from "../../src/sign_in/email_code/email_code.ts";
import { type EmailCodeFlow, requestEmailCode } from "../../src/sign_in/email_code/request_code.ts";
import { verifyEmailCode } from "../../src/sign_in/email_code/verify_code.ts";
import { hasEnded } from "../../src/flows/flows.ts";
import { builder, seenBy } from "../lib/builder.ts";
import { COMMON_ERRORS } from "../lib/errors.ts";
import { FlowInterface, maySeeFlow } from "../flows.ts";
import { MAIL_NOT_CONFIGURED } from "../lib/refusals.ts";
import { SessionTransportEnum, SignInResult, withCookie } from "../accounts/sessions.ts";

const EmailCodeFlowType = builder.objectRef<EmailCodeFlow>("EmailCodeFlow").implement({
  description:
    "A code on its way to an address. Whoever asked for it holds its id, which is secret: it is half of the sign-in.",
  interfaces: [FlowInterface],
  isTypeOf: seenBy<EmailCodeFlow>(maySeeFlow),
  fields: (t) => ({
    email: t.string({ description: "As typed, trimmed.", resolve: ({ detail }) => detail.email }),
    attemptsLeft: t.int({
      description: "Tries that the code still has.",
      resolve: async (flow, _args, { services }) =>
        hasEnded(flow) ? 0 : await services.load.attemptsLeft.load(flow.id) ?? 0,
    }),
    resendAt: t.field({
      type: "DateTime",
      description: "When the caller may ask for another code for this address.",
      resolve: (flow, _args, { caller, services }) => resendAt(services, caller, asEmailCodeFlow(flow)),
    }),
  }),
});

const EmailCodeSent = builder.objectRef<{ flow: EmailCodeFlow }>("EmailCodeSent").implement({
  description: "A code is on its way, whether somebody has the address or not.",
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
    flowId: t.id({ required: true, description: "As `requestEmailCode` gave it." }),
    code: t.string({
      required: true,
      description: "Six digits; spaces and full-width digits are understood.",
    }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

builder.mutationFields((t) => ({
  requestEmailCode: t.field({
    type: EmailCodeResult,
    description: "Mails a six-digit code to an address. Codes that were asked for before go on working.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: RequestEmailCodeInput, required: true }) },
    resolve: async (_root, { input }, { caller, services }) => ({
      flow: await requestEmailCode(services, caller, input.email),
    }),
  }),
  verifyEmailCode: t.field({
    type: SignInResult,
    description: "Signs in with a code, which is spent by it. Makes an account of an address that has none.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
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
