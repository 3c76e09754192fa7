// Ink asks once, when it is loaded, whether there are colours; there is no terminal in a test. Other tests, in the same
// process, and theirs must not be asked.
Deno.env.set("FORCE_COLOR", "1");
await import("ink");
Deno.env.delete("FORCE_COLOR");
