/** Below 32,768, where Linux's range of automatic ports starts. */
const FIRST = 10_000;
const COUNT = 20_000;

/**
 * Returns a free port for a process that needs a fixed port, for example to restart on it. The system does not assign
 * ports of this range automatically, so it is still free when the process starts. Everything else listens on port 0.
 */
export function portOutsideEphemeral(): number {
  for (;;) {
    const port = FIRST + Math.floor(Math.random() * COUNT);
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      return port;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
