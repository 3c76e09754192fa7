import { startModalEmulator } from "./modal_emulator.ts";

/*
 * Runs the emulator as a process, for experiments with Modal's clients. Prints the environment variables for them:
 * deno run --allow-net --allow-env src/emulators/modal/main.ts [port [page port]]
 */
const [port = "0", pagePort = "0"] = Deno.args;
const emulator = await startModalEmulator({ port: Number(port), pagePort: Number(pagePort) });
const { tokenId, tokenSecret } = emulator.issueToken();
console.log(`MODAL_SERVER_URL=${emulator.url}\nMODAL_TOKEN_ID=${tokenId}\nMODAL_TOKEN_SECRET=${tokenSecret}`);
