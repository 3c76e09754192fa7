import { serve } from "./serve.js";

/** Better Auth on Deno, whose server speaks its handler's language. */
await serve(() => {
  let handle = () => new Response("Not ready", { status: 503 });
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => handle(request));
  return Promise.resolve({
    port: server.addr.port,
    answerWith: (auth) => handle = auth.handler,
    close: () => server.shutdown(),
  });
});
Deno.exit();
