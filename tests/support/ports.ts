/** Below 32,768, where Linux starts to hand out ports by itself. */
const FIRST = 10_000;
const COUNT = 20_000;

/**
 * A free port for a process that must be told its port, or that comes back on the same one. The system gives ports of
 * this range to no other socket, so it is still free when the process starts. Anything else listens on port 0.
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
