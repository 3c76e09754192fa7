import { readIfThere } from "../client/operator/running_server.ts";
import { type DataDir, makeDataDir, writePrivately } from "./data_dir.ts";
import { SYSTEM } from "../events/events.ts";
import { authenticateOperator, createOperator } from "../operations/operators/operators.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasRandom } from "../lib/crypto.ts";
import { VERSION } from "../lib/version.ts";
import type { Emulators } from "./emulate.ts";

/** Long enough for development, and short enough that a forgotten copy expires. */
const DEV_OPERATOR_DAYS = 90;

/** Ensures that `operator-token` in `DATA_DIR` (mode 0600) contains a valid token with the role REVEAL. */
export async function makeDevOperator(
  services: HasClock & HasEventLog & HasRandom,
  dir: DataDir,
): Promise<void> {
  // With Postgres the folder may not exist yet.
  await makeDataDir(dir);
  const existing = (await readIfThere(dir.operatorToken))?.trim();
  if (existing && await authenticateOperator(services, existing).then(() => true, () => false)) return;
  const name = `dev-${services.now().toISOString().replace(/[^0-9]/g, "").slice(0, 14)}`;
  const { token } = await createOperator(services, SYSTEM, { name, role: "REVEAL", days: DEV_OPERATOR_DAYS });
  await writePrivately(dir.operatorToken, `${token.reveal()}\n`);
}

/** The text that `dev` prints when ready: addresses, emulated systems, and a next step. */
export function devBanner(
  { page, url, webSocketUrl }: { page: string; url: string; webSocketUrl: string },
  dir: DataDir,
  emulators: Emulators,
): string {
  return `
  Sallyport ${VERSION}, for development

  Sign in          ${page}/
  GraphQL          ${url}/graphql
  WebSocket        ${webSocketUrl}
  Operator token   ${dir.operatorToken}
  ${emulators.lines.length ? emulators.lines.join("\n  ") : "Nothing is emulated"}

  Next: start a Modal token flow and watch it. In another terminal, paste

    npx -y deno@2.9.6 task sallyport modal login
`;
}
