/** The folder of a server's files. Clients find the running server in it. */
export const DATA_DIR = {
  about: "Folder of the embedded database and the server's other files",
  fallback: ".data",
} as const;

/** Variables of the command line and the terminal; the server does not read them. */
export const CLIENT_VARIABLES = {
  SALLYPORT_URL: "The server's URL; by default the server that runs on `DATA_DIR`",
  SALLYPORT_TOKEN: "An operator token; by default the one in `DATA_DIR/operator-token`",
  SALLYPORT_TUI_THEME: "The terminal's colours: `dark`, `light` or `auto`, the default",
} as const;

/** An empty variable counts as unset. */
export function clientVariable(name: keyof typeof CLIENT_VARIABLES): string | undefined {
  return Deno.env.get(name) || undefined;
}

export function dataFolder(): string {
  return Deno.env.get("DATA_DIR") || DATA_DIR.fallback;
}
