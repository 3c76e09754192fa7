import { createServer } from "node:http";
import process from "node:process";
import { toNodeHandler } from "better-auth/node";
import { serve } from "./serve.js";

/** Better Auth on Node, by its own handler. */
await serve(async () => {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: server.address().port,
    answerWith: (auth) => server.on("request", toNodeHandler(auth)),
    close: () => Promise.resolve(server.closeAllConnections()),
  };
});
process.exit();
