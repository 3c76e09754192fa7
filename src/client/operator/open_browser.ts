/** The parts of the machine that opening a browser needs. Tests replace it. */
export type Desktop = {
  os: typeof Deno.build.os;
  /** Reads an environment variable; also undefined when Deno does not permit it. */
  env(name: string): Promise<string | undefined>;
  /** Starts a program; false if it is missing, not permitted, or fails at once. Never throws. */
  start(program: string, args: string[]): Promise<boolean>;
};

/** Browsers that would draw on the terminal that we use. */
const TEXT_BROWSERS = /(^|\/)(www-browser|lynx|links2?|elinks|w3m|browsh)(\s|$)/;

/** A program that has not failed after this time has opened the page, or is the browser itself. */
const GRACE_MILLISECONDS = 1000;

/**
 * Opens an http or https URL in a browser, and returns whether that seems to have worked. Never throws, and does not
 * wait for the browser to exit. Callers should also print the URL.
 *
 * Returns false for other schemes and malformed URLs, `BROWSER=none`, a text browser, and Linux without a display,
 * unless `BROWSER` is set (remote editors set it). The URL is passed as one argument, never through a shell.
 * Needs permission to run `open`, `xdg-open` or `rundll32` and to read BROWSER, DISPLAY and WAYLAND_DISPLAY. It never
 * prompts for a permission.
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
      // Not `start`: it is a command of cmd.exe, for which `&` in a URL begins the next command.
      return desktop.start("rundll32", ["url.dll,FileProtocolHandler", parsed.href]);
    default:
      if (!browser && !await desktop.env("DISPLAY") && !await desktop.env("WAYLAND_DISPLAY")) return false;
      // xdg-open itself uses BROWSER.
      return desktop.start("xdg-open", [parsed.href]);
  }
}

/** Checks each permission before it is used: otherwise Deno would prompt on the terminal. */
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
 * Starts a detached program without a terminal. This process does not wait for its exit, and Ctrl-C does not end it.
 * False if it cannot start or fails within `graceMilliseconds`.
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
