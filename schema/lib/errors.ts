import {
  AUTH_ERROR_CODES,
  type AuthError,
  type AuthErrorClass,
  Forbidden,
  InvalidInput,
  Overloaded,
  RateLimited,
  Unauthenticated,
  Unavailable,
} from "../../src/lib/errors.ts";
import { builder } from "./builder.ts";

export const AuthErrorCodeEnum = builder.enumType("AuthErrorCode", {
  description: "What was refused and why. Codes are stable: decide by them, and show people the message.",
  values: AUTH_ERROR_CODES,
});

/** What every refusal answers, so that a client reads these and is done. */
const AuthErrorInterface = builder.interfaceRef<AuthError>("AuthError").implement({
  description: "A refusal. Every mutation's union holds only one type that is not an AuthError.",
  fields: (t) => ({
    code: t.expose("code", { type: AuthErrorCodeEnum }),
    message: t.exposeString("message", {
      description: "One sentence that a person can read; never says which of two secrets was wrong.",
    }),
    actionRequired: t.string({
      nullable: true,
      description: "What the person can do about it.",
      resolve: (error) => error.remedy.actionRequired,
    }),
    authorizationUrl: t.field({
      type: "URL",
      nullable: true,
      description: "Where to authorise again, when that is the remedy.",
      resolve: (error) => error.remedy.authorizationUrl,
    }),
    retryAfterSeconds: t.int({
      nullable: true,
      description: "When trying again later is the remedy: after this many seconds.",
      resolve: (error) => error.remedy.retryAfterSeconds,
    }),
  }),
});

/** Gives an error class its type in the schema, named `<class>Error`, and returns the class for a union's list. */
export function errorType<T extends AuthErrorClass>(errorClass: T, description: string): T {
  builder.objectType(errorClass as unknown as new () => AuthError, {
    name: `${errorClass.name}Error`,
    description,
    interfaces: [AuthErrorInterface],
    isTypeOf: (value) => value instanceof errorClass,
  });
  return errorClass;
}

/** The refusals that any mutation can give; each union lists them before its own. */
export const COMMON_ERRORS = [
  errorType(Unauthenticated, "Nobody is signed in, or the token is unknown, expired or revoked."),
  errorType(Forbidden, "The caller is known and may not do this."),
  errorType(InvalidInput, "An argument is malformed or out of its bounds."),
  errorType(RateLimited, "Too many tries; `retryAfterSeconds` says when the next one is taken."),
  errorType(Overloaded, "Too much work is waiting; `retryAfterSeconds` says when to come back."),
  errorType(
    Unavailable,
    "Our own database cannot be reached, or refuses to write. Look what has happened before trying again.",
  ),
];
