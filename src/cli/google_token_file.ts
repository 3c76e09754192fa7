import { CommandFailed } from "./command.ts";

/** The useful content of a token file of Google's client libraries. */
export type TokenFile = { refreshToken: string; clientId?: string; scopes?: string[] };

/**
 * Parses a token file of Google's client libraries: Python's (`refresh_token`, `client_id`, `scopes`) or Node's
 * (`refresh_token`, `scope`). Throws `CommandFailed`, whose message never quotes the file.
 */
export function readTokenFile(text: string): TokenFile {
  const file = parsed(text);
  const { refresh_token: refreshToken, client_id: clientId, scopes, scope } = file;
  if (typeof refreshToken !== "string" || refreshToken === "") {
    const isTokens = "token" in file || "access_token" in file;
    throw new CommandFailed(
      isTokens
        ? "Cannot import this file: it has no refresh token, so its access cannot be renewed. Connect Google again"
        : "Cannot import this file: it is not a token file of Google's client libraries (JSON with `refresh_token`)",
    );
  }
  const granted = Array.isArray(scopes) ? scopes : typeof scope === "string" ? scope.split(" ") : [];
  const named = granted.filter((each): each is string => typeof each === "string" && each !== "");
  return {
    refreshToken,
    ...(typeof clientId === "string" && { clientId }),
    ...(named.length > 0 && { scopes: named }),
  };
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
  } catch {
    return {};
  }
}
