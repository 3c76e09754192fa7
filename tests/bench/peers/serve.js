import { createBetterAuth } from "./better_auth.js";
import { serveCommands } from "./commands.js";
import { firstRefreshTokens } from "./refresh_tokens.js";

/**
 * Serves Better Auth for a bench until its input ends. `listen` makes a server that answers nothing yet, on a free
 * port, for the peer must know its own URL.
 *
 * @param {() => Promise<{ port: number, answerWith(auth: object): void, close(): Promise<void> }>} listen
 */
export async function serve(listen) {
  const server = await listen();
  const baseURL = `http://127.0.0.1:${server.port}`;
  const { auth, takeCodes, close } = await createBetterAuth(baseURL);
  server.answerWith(auth);
  await serveCommands({
    port: () => server.port,
    codes: takeCodes,
    firstRefreshTokens: (count) => firstRefreshTokens(auth, baseURL, count),
  });
  await server.close();
  await close();
}
