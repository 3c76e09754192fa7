// React asks once, when it is loaded: the terminal runs in production, as its task says.
Deno.env.set("NODE_ENV", "production");
