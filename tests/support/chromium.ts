import { type Browser, chromium } from "playwright-core";

/** Usual paths of the browser on Linux. */
const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Starts the system's Chromium without a window. */
export async function openChromium(): Promise<Browser & AsyncDisposable> {
  const executablePath = PLACES.find((place) => {
    try {
      return Deno.statSync(place).isFile;
    } catch {
      return false;
    }
  });
  if (!executablePath) throw new Error("Chromium not found. Install it with: apt-get install chromium");
  // Chromium's sandbox does not work as root in a container.
  return await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
}
