// Ink asks once, when it is loaded, whether there are colours; there is no terminal in a test.
Deno.env.set("FORCE_COLOR", "1");
