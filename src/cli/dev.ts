import { readIfThere } from "../client/operator/running_server.ts";
import { type DataDir, makeDataDir, writePrivately } from "./data_dir.ts";
import { SYSTEM } from "../events/events.ts";
import { authenticateOperator, createOperator } from "../operations/operators/operators.ts";
import type { HasEventLog } from "../events/transaction.ts";
import type { HasClock } from "../lib/clock.ts";
import type { HasRandom } from "../lib/crypto.ts";
import { VERSION } from "../lib/version.ts";
import type { Emulators } from "./emulate.ts";

/** Long enough that nobody meets its end, short enough that a forgotten copy does. */
const DEV_OPERATOR_DAYS = 90;

/** Sees to it that `operator-token` in `DATA_DIR` (mode 0600) holds a token that works, with every role. */
export async function makeDevOperator(
  services: HasClock & HasEventLog & HasRandom,
  dir: DataDir,
): Promise<void> {
  // With Postgres nothing else has made the folder.
  await makeDataDir(dir);
  const existing = (await readIfThere(dir.operatorToken))?.trim();
  if (existing && await authenticateOperator(services, existing).then(() => true, () => false)) return;
  const name = `dev-${services.now().toISOString().replace(/[^0-9]/g, "").slice(0, 14)}`;
  const { token } = await createOperator(services, SYSTEM, { name, role: "REVEAL", days: DEV_OPERATOR_DAYS });
  await writePrivately(dir.operatorToken, `${token.reveal()}\n`);
}

/** What `dev` prints when it is ready: where it is, what is not real, and one thing to do next. */
export function devBanner(
  { url, webSocketUrl }: { url: string; webSocketUrl: string },
  dir: DataDir,
  emulators: Emulators,
): string {
  return `
  Sallyport ${VERSION}, for development

  Sign in          ${url}/
  GraphQL          ${url}/graphql
  WebSocket        ${webSocketUrl}
  Operator token   ${dir.operatorToken}
  ${emulators.lines.length ? emulators.lines.join("\n  ") : "Nothing is emulated"}

  Next: start a Modal token flow and watch it. In another terminal, paste

    npx -y deno@2.9.6 task sallyport modal login
`;
}
