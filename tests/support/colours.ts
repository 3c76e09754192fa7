// Ink checks once, at its import, whether the terminal has colours, and tests have no terminal. The variable is set
// only during the import, so that other tests of the process are not affected.
Deno.env.set("FORCE_COLOR", "1");
await import("ink");
Deno.env.delete("FORCE_COLOR");
