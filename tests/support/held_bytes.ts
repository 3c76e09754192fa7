import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** The bytes of objects and buffers after a garbage collection. */
export function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc")();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
