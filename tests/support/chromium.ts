import { type Browser, chromium } from "playwright-core";

/** Where Debian, and most others, put the browser. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** The system's browser, without a window. Fails with how to install it where there is none. */
export async function openChromium(): Promise<Browser & AsyncDisposable> {
  const executablePath = PLACES.find((place) => {
    try {
      return Deno.statSync(place).isFile;
    } catch {
      return false;
    }
  });
  if (!executablePath) throw new Error("There is no Chromium: apt-get install chromium");
  // In a container, and as root, its own sandbox cannot be had.
  return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
