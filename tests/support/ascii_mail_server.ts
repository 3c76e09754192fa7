import { forward, type Listening } from "./tunnels.ts";

/** A mail server that accepts only ASCII and records everything it receives. */
export type AsciiMailServer = Listening & {
  /** The value for SMTP_URL. */
  url: string;
  /** The lines that clients sent. */
  lines: string[];
  /** The number of accepted mails. */
  taken: number;
};

/** Answers 501 to a command with a non-ASCII byte, like a server without SMTPUTF8, and accepts any mail. */
export function startAsciiMailServer(): AsciiMailServer {
  const listening = forward(
    Deno.listen({ hostname: "127.0.0.1", port: 0 }),
    (socket) => serve(socket, server),
  );
  const server: AsciiMailServer = Object.assign(listening, {
    url: `smtp://127.0.0.1:${listening.port}`,
    lines: [],
    taken: 0,
  });
  return server;
}

async function serve(socket: Deno.Conn, server: AsciiMailServer): Promise<void> {
  const say = (answer: string) => socket.write(new TextEncoder().encode(`${answer}\r\n`));
  await say("220 ascii.test ESMTP");
  let inMail = false;
  for await (const line of linesOf(socket)) {
    server.lines.push(line);
    if (inMail && line !== ".") continue;
    if (inMail) server.taken++;
    inMail = line === "DATA";
    if (inMail) await say("354 go on");
    else await say(/^[\0-\x7f]*$/.test(line) ? "250 fine" : "501 5.5.4 not ASCII");
  }
}

async function* linesOf(socket: Deno.Conn): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of socket.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\r\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
