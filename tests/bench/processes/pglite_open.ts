import { PGlite } from "@electric-sql/pglite";

/** Opens the embedded database in a folder, alone, and says so. */
const pglite = await PGlite.create({ dataDir: Deno.args[0] ?? "" });
await pglite.query("select 1");
console.log("open");
await pglite.close();
