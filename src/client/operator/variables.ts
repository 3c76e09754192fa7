/** The folder of a server's data: the server keeps its files there, and clients find the running server in it. */
export const DATA_DIR = {
  about: "Folder of the embedded database and of what belongs to it",
  fallback: ".data",
} as const;

/** The variables that only clients read: the command line and the terminal. */
export const CLIENT_VARIABLES = {
  SALLYPORT_URL: "The server to talk to; without it the one that runs on `DATA_DIR`",
  SALLYPORT_TOKEN: "The operator token; without it `operator-token` in `DATA_DIR`",
} as const;

/** An empty variable counts as unset. */
export function clientVariable(name: keyof typeof CLIENT_VARIABLES): string | undefined {
  return Deno.env.get(name) || undefined;
}

export function dataFolder(): string {
  return Deno.env.get("DATA_DIR") || DATA_DIR.fallback;
}
