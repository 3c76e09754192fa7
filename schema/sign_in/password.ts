import { requestEmailVerification, verifyEmail } from "../../src/accounts/links/email_verification.ts";
import {
  changePassword,
  requestPasswordReset,
  resetPassword,
} from "../../src/sign_in/password/change_password.ts";
import { guestOf } from "../../src/sign_in/guests/guests.ts";
import { register, type RegisteredAccount, UsernameTaken } from "../../src/sign_in/password/register.ts";
import { WeakPassword } from "../../src/sign_in/password/password_policy.ts";
import { InvalidCredentials, signInWithPassword } from "../../src/sign_in/password/sign_in_with_password.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { MAIL_NOT_CONFIGURED } from "../lib/refusals.ts";
import {
  keepDevice,
  SessionTransportEnum,
  SignedInType,
  SignInResult,
  withCookie,
} from "../accounts/sessions.ts";
import { UserType } from "../accounts/users.ts";

errorType(
  InvalidCredentials,
  "The name or the password is wrong, or the user may not sign in: one answer for all.",
);
const WEAK_PASSWORD = errorType(
  WeakPassword,
  "The password is too short, too long, well known, or the user's own name.",
);

const Registered = builder.objectRef<RegisteredAccount & { message: string }>("Registered").implement({
  description: "The account is made, or a mail says how it will be.",
  fields: (t) => ({
    user: t.field({
      type: UserType,
      nullable: true,
      description: "Null when only an address was given: the answer is the same for one that is known.",
      resolve: ({ user }) => user,
    }),
    message: t.exposeString("message"),
    signedIn: t.field({
      type: SignedInType,
      nullable: true,
      description:
        "For a guest, who has become this user: the session to go on with; the earlier ones have ended.",
      resolve: ({ signedIn }) => signedIn,
    }),
  }),
});

const RegisterResult = builder.errorUnion("RegisterResult", {
  types: [
    Registered,
    errorType(UsernameTaken, "Another user has this name, in whatever case."),
    WEAK_PASSWORD,
    MAIL_NOT_CONFIGURED,
    ...COMMON_ERRORS,
  ],
  resolveType: () => "Registered",
});

const RegisterInput = builder.inputType("RegisterInput", {
  description: "A username, an e-mail address, or both.",
  fields: (t) => ({
    username: t.string({ description: "1 to 64 letters, digits or . _ -; the same in any case." }),
    email: t.string({ description: "A way to sign in once it has been verified." }),
    password: t.string({
      required: true,
      description: "8 to 128 characters of any kind, and not a well-known one.",
    }),
  }),
});

const SignInWithPasswordInput = builder.inputType("SignInWithPasswordInput", {
  fields: (t) => ({
    identifier: t.string({
      required: true,
      description: "A username, or an e-mail address that was verified.",
    }),
    password: t.string({ required: true }),
    transport: t.field({ type: SessionTransportEnum, defaultValue: "TOKENS" }),
  }),
});

const ChangePasswordInput = builder.inputType("ChangePasswordInput", {
  fields: (t) => ({
    currentPassword: t.string({ required: true }),
    newPassword: t.string({ required: true }),
  }),
});

const ResetPasswordInput = builder.inputType("ResetPasswordInput", {
  fields: (t) => ({
    token: t.string({ required: true, description: "From the mailed link." }),
    newPassword: t.string({ required: true }),
  }),
});

/** One answer, whether somebody has the address or not. */
const MAILED = { message: "If the address can be used for this, a mail is on its way to it" };

builder.mutationFields((t) => ({
  register: t.field({
    type: RegisterResult,
    description:
      "Makes an account. With a username it works at once; with an address alone when that has been verified by mail.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { caller, services } = context;
      if (guestOf(caller)?.transport === "COOKIE") context.cookies.check();
      const registered = await register(services, caller, input);
      if (registered.signedIn) withCookie(context, registered.signedIn);
      const message = registered.user
        ? "Registered: sign in with your username"
        : "Look into your mail to go on";
      return { ...registered, message };
    },
  }),
  signInWithPassword: t.field({
    type: SignInResult,
    description:
      "Signs in by username, or by an address that was verified. One answer for whatever is wrong.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: SignInWithPasswordInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const transport = input.transport ?? "TOKENS";
      if (transport === "COOKIE") context.cookies.check();
      return withCookie(
        context,
        await signInWithPassword(context.services, context.caller, { ...input, transport }),
      );
    },
  }),
  changePassword: t.field({
    type: DoneResult,
    description: "Changes the caller's password and ends all their other sessions.",
    authScopes: { person: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await changePassword(context.services, context.caller, input);
      keepDevice(context);
      return { message: "Your password is changed, and your other sessions have ended" };
    },
  }),
  requestPasswordReset: t.field({
    type: DoneResult,
    description:
      "Mails a link for a new password, if somebody has verified this address. One answer for any.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { email: t.arg.string({ required: true }) },
    resolve: async (_root, { email }, { caller, services }) => {
      await requestPasswordReset(services, caller, email);
      return MAILED;
    },
  }),
  resetPassword: t.field({
    type: DoneResult,
    description:
      "Sets a new password and ends all sessions. A password that is refused leaves the link good.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: ResetPasswordInput, required: true }) },
    resolve: async (_root, { input }, { caller, services, cookies }) => {
      cookies.rememberDevice(await resetPassword(services, caller, input));
      return { message: "Your password is changed: sign in with it" };
    },
  }),
  requestEmailVerification: t.field({
    type: DoneResult,
    description:
      "Mails a link that proves an address: signed in, one's own; else, one answer for any address.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { email: t.arg.string() },
    resolve: async (_root, { email }, { caller, services }) => {
      await requestEmailVerification(services, caller, email ?? undefined);
      return MAILED;
    },
  }),
  verifyEmail: t.field({
    type: DoneResult,
    description: "Proves that an address is its user's: from now on it is a way to sign in.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true },
    args: { token: t.arg.string({ required: true }) },
    resolve: async (_root, { token }, { caller, services }) => {
      await verifyEmail(services, caller, token);
      return { message: "Your address is confirmed" };
    },
  }),
}));
