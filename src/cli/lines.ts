import { CommandFailed } from "./command.ts";

/** Maximum bytes of a line: ten passkeys with RSA keys have half of it. */
const MOST_LINE_BYTES = 16 * 1024;

/** A file's lines, and how many bytes have been read. */
export type OpenFile = { lines: AsyncIterable<Line>; bytesRead: () => number; size: number | undefined };

/** Opens the file, or standard input for `-`. Throws `CommandFailed` if it cannot be read. */
export async function openFile(path: string): Promise<OpenFile> {
  const { chunks, size } = path === "-"
    ? { chunks: Deno.stdin.readable, size: undefined }
    : await Deno.stat(path).then(
      async (stat) => {
        if (stat.isDirectory) throw new CommandFailed(`${path} is a folder`);
        return { chunks: (await Deno.open(path)).readable, size: stat.isFile ? stat.size : undefined };
      },
    ).catch((error) => {
      throw unreadable(path, error);
    });
  let bytesRead = 0;
  const counted = chunks.pipeThrough(
    new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
      transform: (chunk, controller) => {
        bytesRead += chunk.length;
        controller.enqueue(chunk);
      },
    }),
  );
  return { lines: linesOf(counted), bytesRead: () => bytesRead, size };
}

function unreadable(path: string, error: unknown): unknown {
  if (error instanceof Deno.errors.NotFound) return new CommandFailed(`The file ${path} does not exist`);
  if (error instanceof Deno.errors.NotCapable) {
    return new CommandFailed(
      `This command may only read files in this folder: pipe the file into it, and give - as its name`,
    );
  }
  if (error instanceof Deno.errors.PermissionDenied) {
    return new CommandFailed(`${path} cannot be read: permission denied`);
  }
  return error;
}

/** A non-blank line and its number from 1; `problem` instead of text if it cannot be read. */
export type Line = { number: number; text: string } | { number: number; text?: undefined; problem: string };

const NEWLINE = 0x0a;
const NOTHING = new Uint8Array();

/**
 * Splits chunks into lines, which end with LF, CRLF or the end of the file. Of a line that is too long it keeps
 * only one byte more than allowed.
 */
async function* linesOf(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 0;
  let held: Uint8Array = NOTHING;
  for await (const chunk of chunks) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const line = toLine(++number, joined(held, chunk.subarray(from, end)));
      if (line) yield line;
      held = NOTHING;
      from = end + 1;
    }
    held = joined(held, chunk.subarray(from));
  }
  const last = toLine(++number, held);
  if (last) yield last;
}

/** Appends `more` to `held`, up to one byte above the limit. */
function joined(held: Uint8Array, more: Uint8Array): Uint8Array {
  const taken = more.subarray(0, Math.max(0, MOST_LINE_BYTES + 1 - held.length));
  const both = new Uint8Array(held.length + taken.length);
  both.set(held);
  both.set(taken, held.length);
  return both;
}

/** Decodes a line. Returns undefined for a blank one. Removes a byte order mark. */
function toLine(number: number, bytes: Uint8Array): Line | undefined {
  if (bytes.length > MOST_LINE_BYTES) {
    return { number, problem: `it is longer than ${MOST_LINE_BYTES / 1024} KiB` };
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.trim() === "" ? undefined : { number, text };
  } catch {
    return { number, problem: "it is not UTF-8" };
  }
}
