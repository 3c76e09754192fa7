import { Secret } from "../../../lib/secret.ts";
import type { GoogleClient } from "./google_requests.ts";

/**
 * Reads the OAuth client from a file of Google's console, for a web application or an installed one.
 *
 * @throws Error that says what is wrong with the file without quoting its contents.
 */
export function readClientFile(path: string): GoogleClient {
  const { web, installed } = asObject(parsed(readText(path)));
  const client = asObject(web ?? installed);
  const clientId = client["client_id"];
  const clientSecret = client["client_secret"];
  if (typeof clientId !== "string" || typeof clientSecret !== "string" || !clientId || !clientSecret) {
    throw new Error(
      "must be the client file of Google's console: JSON with `client_id` and `client_secret` under `web` or `installed`",
    );
  }
  return { clientId, clientSecret: new Secret(clientSecret) };
}

function readText(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new Error("must be a file: there is none of that name");
    if (error instanceof Deno.errors.NotCapable) throw new Error("must be a file in the folder of Sallyport");
    throw new Error("must be a file that the server can read");
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}
