import { ourEnv } from "./auth_scene.ts";
import type { Kit } from "./bench.ts";
import { startDatabase } from "./database.ts";
import { Process } from "./process.ts";
import type { GoogleEmulatorProcess } from "./processes/google_emulator.ts";
import type { Sallyport } from "./processes/sallyport.ts";

/** A server on Postgres, and Google emulated in a process of its own. */
export type GoogleScene = {
  ours: Process<Sallyport>;
  google: Process<GoogleEmulatorProcess>;
  /** The URL of the database. */
  database: string;
};

export async function openGoogleScene({ stack, say }: Kit): Promise<GoogleScene> {
  say("starting the server, and Google");
  const google = stack.use(new Process<GoogleEmulatorProcess>("google_emulator.ts"));
  const database = await startDatabase(stack);
  const ours = stack.use(
    new Process<Sallyport>("sallyport.ts", {
      ...ourEnv(database, "trivial"),
      ...await google.ask("env"),
    }),
  );
  return { ours, google, database };
}
