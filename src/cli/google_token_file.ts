import { CommandFailed } from "./command.ts";

/** What a file of Google's client libraries says, as far as it is of use. */
export type TokenFile = { refreshToken: string; clientId?: string; scopes?: string[] };

/**
 * Reads the file that Google's client libraries write: Python's (`refresh_token`, `client_id`, `scopes`) or Node's
 * (`refresh_token`, `scope`). Throws `CommandFailed`, which says what is wrong and nothing of what is in it.
 */
export function readTokenFile(text: string): TokenFile {
  const file = parsed(text);
  const { refresh_token: refreshToken, client_id: clientId, scopes, scope } = file;
  if (typeof refreshToken !== "string" || refreshToken === "") {
    const isTokens = "token" in file || "access_token" in file;
    throw new CommandFailed(
      isTokens
        ? "Cannot import this file: it has no refresh token, so its access cannot be renewed. Connect Google anew"
        : "Cannot import this file: it is not one that Google's client libraries write (JSON with `refresh_token`)",
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
