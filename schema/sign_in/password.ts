import { requestEmailVerification, verifyEmail } from "../../src/accounts/links/email_verification.ts";
import {
  changePassword,
  requestPasswordReset,
  resetPassword,
} from "../../src/sign_in/password/change_password.ts";
import { guestOf } from "../../src/sign_in/guests/guests.ts";
import { register, type RegisteredAccount } from "../../src/sign_in/password/register.ts";
import { WeakPassword } from "../../src/sign_in/password/password_policy.ts";
import { InvalidCredentials, signInWithPassword } from "../../src/sign_in/password/sign_in_with_password.ts";
import { builder } from "../lib/builder.ts";
import { DoneResult } from "../lib/done.ts";
import { COMMON_ERRORS, errorType } from "../lib/errors.ts";
import { MAIL_NOT_CONFIGURED, USERNAME_TAKEN } from "../lib/refusals.ts";
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
  "The name or password is wrong, or the user may not sign in. All cases return this error.",
);
const WEAK_PASSWORD = errorType(
  WeakPassword,
  "The password is too short, too long, a commonly used one, or the user's own name.",
);

const Registered = builder.objectRef<RegisteredAccount & { message: string }>("Registered").implement({
  description: "The account was created, or a mail explains how to continue.",
  fields: (t) => ({
    user: t.field({
      type: UserType,
      nullable: true,
      description:
        "The new user. Null when only an address was given, so that the response does not tell whether it has an account.",
      resolve: ({ user }) => user,
    }),
    message: t.exposeString("message"),
    signedIn: t.field({
      type: SignedInType,
      nullable: true,
      description:
        "The new session of a guest who became this user; the guest's earlier sessions have ended. Null for other callers.",
      resolve: ({ signedIn }) => signedIn,
    }),
  }),
});

const RegisterResult = builder.errorUnion("RegisterResult", {
  types: [
    Registered,
    USERNAME_TAKEN,
    WEAK_PASSWORD,
    MAIL_NOT_CONFIGURED,
    ...COMMON_ERRORS,
  ],
  resolveType: () => "Registered",
});

const RegisterInput = builder.inputType("RegisterInput", {
  description: "A username, an e-mail address, or both.",
  fields: (t) => ({
    username: t.string({ description: "1 to 64 letters, digits, `.`, `_` or `-`. Not case-sensitive." }),
    email: t.string({ description: "The user can sign in with it once it is verified." }),
    password: t.string({
      required: true,
      description: "8 to 128 characters of any kind. Commonly used passwords are rejected.",
    }),
  }),
});

const SignInWithPasswordInput = builder.inputType("SignInWithPasswordInput", {
  fields: (t) => ({
    identifier: t.string({
      required: true,
      description: "A username or a verified e-mail address.",
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
    token: t.string({ required: true, description: "The token from the mailed link." }),
    newPassword: t.string({ required: true }),
  }),
});

/** The same response whether or not an account has the address. */
const MAILED = { message: "If this address is eligible, we have sent a mail to it" };

builder.mutationFields((t) => ({
  register: t.field({
    type: RegisterResult,
    description:
      "Creates an account. With a username, the user can sign in at once; with an address alone, the user must verify it by mail first. USERNAME_TAKEN: choose another name. WEAK_PASSWORD: choose another password. MAIL_NOT_CONFIGURED: an address alone needs mail.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true, upgradesGuest: true },
    args: { input: t.arg({ type: RegisterInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      const { caller, services } = context;
      if (guestOf(caller)?.transport === "COOKIE") context.cookies.check();
      const registered = await register(services, caller, input);
      if (registered.signedIn) withCookie(context, registered.signedIn);
      const message = registered.user
        ? "Registered: sign in with your username"
        : "Check your mail to continue";
      return { ...registered, message };
    },
  }),
  signInWithPassword: t.field({
    type: SignInResult,
    description:
      "Signs in with a username or a verified e-mail address, and a password. INVALID_CREDENTIALS: the name or password is wrong, or the user may not sign in. RATE_LIMITED: too many attempts.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
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
    description:
      "Changes the caller's password and ends all their other sessions. INVALID_CREDENTIALS: the current password is wrong. WEAK_PASSWORD: choose another new password.",
    authScopes: { person: true },
    extensions: { checksCredential: true },
    args: { input: t.arg({ type: ChangePasswordInput, required: true }) },
    resolve: async (_root, { input }, context) => {
      await changePassword(context.services, context.caller, input);
      keepDevice(context);
      return { message: "Your password was changed, and your other sessions have ended" };
    },
  }),
  requestPasswordReset: t.field({
    type: DoneResult,
    description:
      "Sends a link for setting a new password, if a user has verified this address. The response is the same for every address.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { email: t.arg.string({ required: true }) },
    resolve: async (_root, { email }, { caller, services }) => {
      await requestPasswordReset(services, caller, email);
      return MAILED;
    },
  }),
  resetPassword: t.field({
    type: DoneResult,
    description:
      "Sets a new password and ends all sessions of the user. CODE_REJECTED: the link is wrong, used or expired. WEAK_PASSWORD: the link stays valid; choose another password.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { input: t.arg({ type: ResetPasswordInput, required: true }) },
    resolve: async (_root, { input }, { caller, services, cookies }) => {
      const { id, factors } = await resetPassword(services, caller, input);
      // The mailbox alone must not make a browser known, which gives more tries of second factors.
      if (factors.length === 0) cookies.rememberDevice(id);
      return { message: "Your password was changed. Sign in with it" };
    },
  }),
  requestEmailVerification: t.field({
    type: DoneResult,
    description:
      "Sends a link that verifies an address. A signed-in caller verifies their own address and can omit `email`. Otherwise the response is the same for every address.",
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
    description:
      "Verifies an address with the token from a mailed link. The user can then sign in with the address. CODE_REJECTED: the link is wrong, used or expired.",
    authScopes: { anyone: true },
    extensions: { checksCredential: true, ignoresToken: true },
    args: { token: t.arg.string({ required: true }) },
    resolve: async (_root, { token }, { caller, services }) => {
      await verifyEmail(services, caller, token);
      return { message: "Your address is verified" };
    },
  }),
}));
