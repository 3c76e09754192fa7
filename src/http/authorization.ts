import { InvalidInput } from "../lib/errors.ts";

/** What an `Authorization` header says. Another scheme than Bearer may be meant for a proxy before us. */
export type Authorization = { kind: "none" | "other" | "malformed" } | { kind: "bearer"; token: string };

/** Reads `Bearer`, in any case, one or more spaces and a token (RFC 9110 §11.4, RFC 6750 §2.1). */
export function readAuthorization(header: string | null): Authorization {
  const text = header?.trim() ?? "";
  if (text === "") return { kind: "none" };
  const [scheme = "", ...rest] = text.split(" ");
  if (scheme.toLowerCase() !== "bearer") return { kind: "other" };
  const token = rest.join(" ").trimStart();
  return /^[!-~]+$/.test(token) ? { kind: "bearer", token } : { kind: "malformed" };
}

/** The header cannot be read. It is not repeated: it may hold a token. */
export class MalformedAuthorization extends InvalidInput {
  constructor() {
    super(
      "Malformed Authorization header: expected `Bearer`, a space and a token",
      "Send `Authorization: Bearer …` with the token, or leave the header out",
    );
  }
}
