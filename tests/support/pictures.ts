/**
 * Saves screenshots of the sign-in page to `pictures/`: each view in a wide light window and in a dark phone-sized one.
 * The README's picture, `docs/pictures/sign-in.png`, is the first view.
 */
import { mailedCode } from "./codes.ts";
import { endDatabases, newPglite } from "./databases.ts";
import { PASSWORD } from "./people.ts";
import {
  answerGoogle,
  endBrowser,
  openWeb,
  press,
  registerIn,
  view,
  type Web,
  type WindowName,
} from "./web.ts";

const ADDRESS = "ada@example.com";

type Take = (name: string) => Promise<unknown>;

async function walk(web: Web, take: Take): Promise<void> {
  const { app, dialog, page, url } = web;
  await page.goto(url);
  await dialog.getByRole("button", { name: "Continue with Google" }).waitFor();
  await take("choose");
  await press(web, "Use a password");
  await dialog.getByLabel("Username or e-mail address").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill("wrong");
  await press(web, "Sign in");
  await dialog.getByText("Cannot sign in").waitFor();
  await take("password-refused");
  await press(web, "Back");
  await press(web, "Continue with an e-mail code");
  await dialog.getByLabel("E-mail address").fill(ADDRESS);
  await press(web, "Mail me a code");
  await dialog.getByText("The mail server has taken the mail").waitFor();
  await dialog.getByLabel("Six digits").fill(await mailedCode(app, ADDRESS));
  await take("code");
  await press(web, "Back");
  await press(web, "Back");
  await press(web, "Create an account");
  await dialog.getByLabel("Username").fill("ada");
  await dialog.getByLabel("Password", { exact: true }).fill(PASSWORD);
  await take("register");
  await registerIn(web, "ada");
  await press(web, "Go to PAYMENT");
  await dialog.getByText("Verify an e-mail address").first().waitFor();
  await take("account");
  await press(web, "Where you are signed in");
  await dialog.getByText("This browser", { exact: true }).waitFor();
  await take("sessions");
  await press(web, "Back");
  await connect(web, take);
}

async function connect(web: Web, take: Take): Promise<void> {
  const { app, dialog, page, url } = web;
  await press(web, "Connected accounts");
  await press(web, "Connect Modal");
  const link = dialog.getByRole("link", { name: "Open Modal's page" });
  await link.waitFor();
  await take("modal");
  const opened = page.waitForEvent("popup");
  await link.click();
  await (await opened).getByRole("button", { name: "Approve" }).click();
  await view(web, "Connected accounts");
  await press(web, "Connect Google");
  await page.waitForURL((at) => at.origin === new URL(app.google.url).origin);
  await answerGoogle(page, "ada@gmail.com");
  await page.waitForURL(`${url}/`);
  await press(web, "Connected accounts");
  await dialog.getByText("HEALTHY").nth(1).waitFor();
  await take("tokens");
  await page.goto(`${url}/reset-password#token=none`);
  await take("reset-password");
}

/** The README's picture: the first view, with its surroundings. */
async function takeFirstView({ dialog, page, url }: Web): Promise<void> {
  await page.setViewportSize({ width: 720, height: 480 });
  await page.goto(url);
  await dialog.getByRole("button", { name: "Continue with Google" }).waitFor();
  await page.screenshot({ path: "docs/pictures/sign-in.png" });
  await page.setViewportSize({ width: 1200, height: 800 });
}

await Deno.mkdir("pictures", { recursive: true });
await using _databases = { [Symbol.asyncDispose]: endDatabases };
await using _browser = { [Symbol.asyncDispose]: endBrowser };
for (const window of ["wide", "phone"] satisfies WindowName[]) {
  await using web = await openWeb(await newPglite(), window, {
    env: { STATE_REQUIREMENTS: "PAYMENT=verified_email" },
  });
  if (window === "wide") await takeFirstView(web);
  await walk(web, (name) => web.page.screenshot({ path: `pictures/${name}-${window}.png` }));
}
