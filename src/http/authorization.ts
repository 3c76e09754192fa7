import { InvalidInput } from "../lib/errors.ts";

/** A parsed `Authorization` header. A scheme other than Bearer may be meant for a proxy before us. */
export type Authorization = { kind: "none" | "other" | "malformed" } | { kind: "bearer"; token: string };

/** Parses `Bearer`, case-insensitive, one or more spaces and a token (RFC 9110 §11.4, RFC 6750 §2.1). */
export function readAuthorization(header: string | null): Authorization {
  const text = header?.trim() ?? "";
  if (text === "") return { kind: "none" };
  const [scheme = "", ...rest] = text.split(" ");
  if (scheme.toLowerCase() !== "bearer") return { kind: "other" };
  const token = rest.join(" ").trimStart();
  return /^[!-~]+$/.test(token) ? { kind: "bearer", token } : { kind: "malformed" };
}

/** The `Authorization` header is malformed. The message does not repeat it, because it may contain a token. */
export class MalformedAuthorization extends InvalidInput {
  constructor() {
    super(
      "Malformed Authorization header: expected `Bearer`, a space and a token",
      "Send `Authorization: Bearer …` with the token, or omit the header",
    );
  }
}
