import { MOST_ADDRESS_CHARACTERS } from "../../platform/mail/ascii_domain.ts";
import { MOST_ROLE_CHARACTERS, MOST_ROLES } from "../users/user_roles.ts";
import type { TokenUser } from "../users/users.ts";

/** Configured claims of access tokens: JSON whose texts may contain placeholders such as `{{user.id}}`. */
export type ClaimTemplate = Readonly<Record<string, unknown>>;

/** The user and session of an access token. */
export type ClaimSubject = { userId: string; sessionId: string; user: TokenUser };

type Value = string | readonly string[] | null;

/** The placeholders. An unverified address is left out: it may be another person's. */
const PLACEHOLDERS: Readonly<Record<string, (subject: ClaimSubject) => Value>> = {
  "user.id": ({ userId }) => userId,
  "user.username": ({ user }) => user.username,
  "user.email": ({ user }) => user.emailVerifiedAt && user.email,
  "user.state": ({ user }) => user.state,
  "user.roles": ({ user }) => user.roles,
  "session.id": ({ sessionId }) => sessionId,
};

const PLACEHOLDER = /\{\{ *([\w.]+) *\}\}/g;

/** A text that is only a placeholder. It becomes the value itself, which may be a list. */
const ONLY_PLACEHOLDER = /^\{\{ *([\w.]+) *\}\}$/;

/** Claims that the template cannot set, because Sallyport or a standard defines them (RFC 7519, 7800, 8693, 9068). */
const RESERVED = [
  ...["iss", "sub", "aud", "exp", "nbf", "iat", "jti", "sid", "client_id", "auth_time", "guest", "roles"],
  ...["acr", "amr", "azp", "act", "may_act", "cnf", "nonce", "events", "__proto__"],
];

/** Maximum characters of the template, and maximum bytes that it adds to a token: many servers limit headers to 8 KB. */
const MOST_CHARACTERS = 2_048;

/** Parses and checks a template. Throws an `Error` whose message continues after the name of the variable. */
export function parseClaimTemplate(text: string): ClaimTemplate {
  const template = text.length <= MOST_CHARACTERS ? parsedObject(text) : undefined;
  if (!template) throw new Error(`must be a JSON object with claims, of up to ${MOST_CHARACTERS} characters`);
  const reserved = Object.keys(template).find((name) => RESERVED.includes(name));
  if (reserved) throw new Error(`must not set the claim ${reserved}: it has a meaning of its own`);
  if ("scope" in template && typeof template["scope"] !== "string") {
    throw new Error("must have a text as scope, with spaces between its parts (RFC 8693 §4.2)");
  }
  textsIn(template).forEach(checkPlaceholders);
  const bytes = new TextEncoder().encode(JSON.stringify(renderClaims(template, LARGEST))).length;
  if (bytes > MOST_CHARACTERS) {
    throw new Error(
      `must add up to ${MOST_CHARACTERS} bytes to a token: for a user with many roles it is ${bytes}`,
    );
  }
  return template;
}

/**
 * Returns the claims for a token. Leaves out values that the user does not have. Inserts the items of a list into a
 * surrounding list, and joins them with spaces within a text.
 */
export function renderClaims(template: ClaimTemplate, subject: ClaimSubject): Record<string, unknown> {
  const { scope, ...claims } = template;
  const scopeText = typeof scope === "string" ? joined(scope, subject).trim() : "";
  return { ...renderedObject(claims, subject), ...(scopeText !== "" && { scope: scopeText }) };
}

function rendered(value: unknown, subject: ClaimSubject): unknown {
  if (typeof value === "string") return renderedText(value, subject);
  if (Array.isArray(value)) return value.flatMap((each) => renderedItems(each, subject));
  return typeof value === "object" && value !== null ? renderedObject(value, subject) : value;
}

function renderedObject(value: object, subject: ClaimSubject): Record<string, unknown> {
  const entries = Object.entries(value).map(([name, each]) => [name, rendered(each, subject)] as const);
  return Object.fromEntries(entries.filter(([, each]) => each !== null));
}

function renderedItems(item: unknown, subject: ClaimSubject): unknown[] {
  const value = rendered(item, subject);
  if (value === null) return [];
  return typeof item === "string" && Array.isArray(value) ? value : [value];
}

function renderedText(text: string, subject: ClaimSubject): Value {
  const [, name] = ONLY_PLACEHOLDER.exec(text) ?? [];
  return name === undefined ? joined(text, subject) : PLACEHOLDERS[name]?.(subject) ?? null;
}

function joined(text: string, subject: ClaimSubject): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const value = PLACEHOLDERS[name]?.(subject) ?? "";
    return typeof value === "string" ? value : value.join(" ");
  });
}

/** Returns all texts of a JSON value. Member names are not included: they cannot contain placeholders. */
function textsIn(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function checkPlaceholders(text: string): void {
  const rest = text.replace(
    PLACEHOLDER,
    (whole, name: string) => Object.hasOwn(PLACEHOLDERS, name) ? "" : whole,
  );
  const at = rest.search(/\{\{|\}\}/);
  if (at < 0) return;
  const known = Object.keys(PLACEHOLDERS).map((name) => `{{${name}}}`).join(", ");
  throw new Error(`has the unknown placeholder ${rest.slice(at, at + 64)}: there are ${known}`);
}

function parsedObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? value as Record<string, unknown>
      : undefined;
  } catch {
    return undefined;
  }
}

const ID = `usr_${"0".repeat(26)}`;

/** A subject with the longest possible values. */
const LARGEST: ClaimSubject = {
  userId: ID,
  sessionId: ID,
  user: {
    username: "x".repeat(64),
    email: "x".repeat(MOST_ADDRESS_CHARACTERS),
    emailVerifiedAt: new Date(0),
    state: "VISITOR",
    roles: Array.from({ length: MOST_ROLES }, () => "x".repeat(MOST_ROLE_CHARACTERS)),
  },
};
