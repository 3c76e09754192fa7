import { startModalEmulator } from "./modal_emulator.ts";

/*
 * The emulator as a process of its own, for experiments with any of Modal's clients. Prints their environment:
 * deno run --allow-net --allow-env src/emulators/modal/main.ts [port [page port]]
 */
const [port = "0", pagePort = "0"] = Deno.args;
const emulator = await startModalEmulator({ port: Number(port), pagePort: Number(pagePort) });
const { tokenId, tokenSecret } = emulator.issueToken();
console.log(`MODAL_SERVER_URL=${emulator.url}\nMODAL_TOKEN_ID=${tokenId}\nMODAL_TOKEN_SECRET=${tokenSecret}`);
