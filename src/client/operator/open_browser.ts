/** What opening a browser needs of the machine; a test passes one of its own. */
export type Desktop = {
  os: typeof Deno.build.os;
  /** A variable's value; `undefined` also when reading it is not permitted. */
  env(name: string): Promise<string | undefined>;
  /** Starts a program; false if it is missing, not permitted, or fails at once. Never throws. */
  start(program: string, args: string[]): Promise<boolean>;
};

/** They would draw on the terminal that the command itself is using. */
const TEXT_BROWSERS = /(^|\/)(www-browser|lynx|links2?|elinks|w3m|browsh)(\s|$)/;

/** An opener that has not failed by now is showing the page, or is the browser itself and stays. */
const GRACE_MILLISECONDS = 1000;

/**
 * Opens an http or https URL in the person's browser and says whether that seems to have worked. It never
 * throws and never waits for the browser to end: false means that the person must be given the URL, and a
 * caller does well to print it in either case.
 *
 * Refused with false: another scheme or no URL at all, `BROWSER=none`, a text browser, and a Linux without a
 * display unless `BROWSER` is set (a remote editor sets it to a helper of its own). The URL is one argument
 * of a program, never part of a command line for a shell.
 * Needs to run `open`, `xdg-open` or `rundll32`, and to read BROWSER, DISPLAY and WAYLAND_DISPLAY; what is not
 * permitted is not asked for.
 */
export async function openBrowser(url: string, desktop: Desktop = thisDesktop): Promise<boolean> {
  const parsed = URL.parse(url);
  if (parsed?.protocol !== "https:" && parsed?.protocol !== "http:") return false;
  const browser = await desktop.env("BROWSER");
  if (browser === "none" || TEXT_BROWSERS.test(browser ?? "")) return false;
  switch (desktop.os) {
    case "darwin":
      return desktop.start("open", [parsed.href]);
    case "windows":
      // Not `start`: that is a word of cmd.exe, which would take `&` in a URL for the next command.
      return desktop.start("rundll32", ["url.dll,FileProtocolHandler", parsed.href]);
    default:
      if (!browser && !await desktop.env("DISPLAY") && !await desktop.env("WAYLAND_DISPLAY")) return false;
      // It obeys BROWSER itself.
      return desktop.start("xdg-open", [parsed.href]);
  }
}

/** Asks for the state of a permission before using it, since a use would put Deno's question on the terminal. */
const thisDesktop: Desktop = {
  os: Deno.build.os,
  async env(name) {
    return await granted({ name: "env", variable: name }) ? Deno.env.get(name) : undefined;
  },
  async start(program, args) {
    return await granted({ name: "run", command: program }) && await startProgram(program, args);
  },
};

async function granted(permission: Deno.PermissionDescriptor): Promise<boolean> {
  return (await Deno.permissions.query(permission)).state === "granted";
}

/**
 * Starts a program on its own: no terminal, not ended by Ctrl-C here, not waited for by this process. True
 * unless it cannot be started or fails within `graceMilliseconds`.
 */
export async function startProgram(
  program: string,
  args: string[],
  graceMilliseconds = GRACE_MILLISECONDS,
): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const options = { args, stdin: "null", stdout: "null", stderr: "null", detached: true } as const;
    const child = new Deno.Command(program, options).spawn();
    child.unref();
    const grace = new Promise<true>((resolve) => timer = setTimeout(() => resolve(true), graceMilliseconds));
    return await Promise.race([child.status.then(({ success }) => success), grace]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
  }
}
