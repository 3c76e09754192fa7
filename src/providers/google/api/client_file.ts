import { Secret } from "../../../lib/secret.ts";
import type { GoogleClient } from "./google_requests.ts";

/**
 * The client in the file that Google's console gives for a web application or an installed one. Throws an `Error` that
 * says what is wrong with the file, and nothing of what is in it.
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
