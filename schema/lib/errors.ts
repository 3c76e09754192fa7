import {
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
import { AuthErrorCodeEnum } from "./error_codes.ts";

/** The interface of every error type, so that a client can handle all errors with one fragment. */
const AuthErrorInterface = builder.interfaceRef<AuthError>("AuthError").implement({
  description: "A rejected request. Every result union has exactly one type that is not an AuthError.",
  fields: (t) => ({
    code: t.expose("code", { type: AuthErrorCodeEnum }),
    message: t.exposeString("message", {
      description: "One sentence to show to people. It never says which of several credentials was wrong.",
    }),
    actionRequired: t.string({
      nullable: true,
      description: "What the user can do about it, in one sentence.",
      resolve: (error) => error.remedy.actionRequired,
    }),
    authorizationUrl: t.field({
      type: "URL",
      nullable: true,
      description: "A page where the user can authorise again; set when that solves the problem.",
      resolve: (error) => error.remedy.authorizationUrl,
    }),
    retryAfterSeconds: t.int({
      nullable: true,
      description: "Seconds to wait before trying again; set when a retry can succeed.",
      resolve: (error) => error.remedy.retryAfterSeconds,
    }),
    requestId: t.string({
      nullable: true,
      description: "The id of the HTTP request. With it, an operator can find the cause in the events.",
      resolve: (_error, _args, { caller }) => caller.requestId,
    }),
  }),
});

/** Defines the schema type `<class>Error` for an error class, and returns the class for use in a union. */
export function errorType<T extends AuthErrorClass>(errorClass: T, description: string): T {
  builder.objectType(errorClass as unknown as new () => AuthError, {
    name: `${errorClass.name}Error`,
    description,
    interfaces: [AuthErrorInterface],
    isTypeOf: (value) => value instanceof errorClass,
  });
  return errorClass;
}

/** The errors that any mutation can return; each union adds its own. */
export const COMMON_ERRORS = [
  errorType(
    Unauthenticated,
    "The request has no token, or the token is invalid, expired or revoked. Sign in or refresh the session.",
  ),
  errorType(Forbidden, "The caller is authenticated but lacks the required permission."),
  errorType(InvalidInput, "An argument is malformed or out of range. `message` names it."),
  errorType(RateLimited, "Too many attempts. Try again after `retryAfterSeconds`."),
  errorType(Overloaded, "The server is overloaded. Try again after `retryAfterSeconds`."),
  errorType(
    Unavailable,
    "The server's database is unreachable or read-only. The change may have been saved: check before you try again.",
  ),
];
