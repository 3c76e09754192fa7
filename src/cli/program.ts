import { Argument, Command, InvalidArgumentError, Option } from "commander";
import { OPERATOR_ROLES, type OperatorRole } from "../operations/operators/roles.ts";
import { VERSION } from "../lib/version.ts";
import { type Emulator, EMULATOR_NAMES, parseEmulate } from "./emulate.ts";
import { print, printError } from "./print.ts";

/**
 * The command line. It prints help and usage errors, and throws `CommanderError` after both. Each command loads its own
 * modules, so a client command does not load the server.
 */
export function createProgram(): Command {
  const program = new Command("sallyport")
    .description(`Sallyport ${VERSION}`)
    .exitOverride()
    .showHelpAfterError()
    .configureOutput({
      writeOut: (text) => print(...text.trimEnd().split("\n")),
      writeErr: (text) => printError(...text.trimEnd().split("\n")),
      // The default reads variables that the permissions do not include.
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    });
  addServer(program);
  addOperators(program.command("operator").description("Manage operators"));
  addModal(program.command("modal").description("Modal tokens, through a running server"));
  addGoogle(program.command("google").description("Google accounts, through a running server"));
  addMail(program.command("mail").description("Read the mail of a server that emulates mail"));
  program.command("users").description("Users of another system")
    .command("import").description("Import a file with one JSON object per line")
    .argument("<file>", "- reads standard input")
    .action(async (file: string) => await (await import("./users.ts")).importUsersFile(file));
  program.command("why").description("Say why someone cannot sign in, through a running server")
    .argument("<identifier>", "a name or address, or the id of a user, session, flow, credential or request")
    .option("--json", "print JSON")
    .action(async (identifier: string, options: { json?: boolean }) => {
      await (await import("./why.ts")).why(identifier, options);
    });
  program.command("doctor").description("Check everything that the server needs")
    .action(async () => await (await import("./doctor.ts")).doctor());
  return program;
}

function addServer(program: Command): void {
  type Options = { emulate?: Emulator[]; development?: boolean; workers: number };
  program.command("serve").description("Run the server")
    .option(
      "--emulate <names>",
      `emulate external systems: ${EMULATOR_NAMES.join(",")}`,
      parseEmulate,
    )
    .option("--development", "GraphiQL, introspection and an operator token in DATA_DIR")
    .option(
      "--workers <number>",
      "servers in this process that share the port; needs Postgres",
      numberOfWorkers,
      1,
    )
    .action(async ({ emulate = [], development = false, workers }: Options) => {
      await (await import("./serve.ts")).serve({ emulate, development, workers });
    });
  program.command("migrate").description("Migrate the schema to this version, or list migrations")
    .addArgument(new Argument("[action]").choices(["up", "status"]).default("up"))
    .action(async (action: "up" | "status") => await (await import("./migrate.ts")).migrateCommand(action));
}

/** More servers than this in one process are a typing error. */
const MOST_WORKERS = 64;

const ROLES = OPERATOR_ROLES.map((role) => role.toLowerCase());

function addOperators(operator: Command): void {
  type Options = { role: Lowercase<OperatorRole>; days: number };
  operator.command("create").description("Create an operator and print its token")
    .argument("<name>")
    .addOption(new Option("--role <role>").choices(ROLES).default("operate"))
    .option("--days <days>", "lifetime of the token", wholeNumber, 90)
    .action(async (name: string, { role, days }: Options) => {
      await (await import("./operator.ts")).addOperator({
        name,
        role: role.toUpperCase() as OperatorRole,
        days,
      });
    });
  operator.command("list").description("List operators")
    .action(async () => await (await import("./operator.ts")).showOperators());
  operator.command("revoke").description("Revoke an operator's token")
    .argument("<id>")
    .action(async (id: string) => await (await import("./operator.ts")).removeOperator(id));
}

function addModal(modal: Command): void {
  type LoginOptions = { writeProfile?: boolean; browser: boolean; source?: string; expiresIn?: number };
  const writeProfile = ["--write-profile", "write the token to ~/.modal.toml"] as const;
  modal.command("login").description("Start a token flow, show its page, and wait")
    .option(...writeProfile)
    .option("--no-browser", "do not open a browser")
    .option("--source <name>", "source that Modal records (utm_source)")
    .option("--expires-in <seconds>", "lifetime of the token", wholeNumber)
    .action(async (options: LoginOptions) => await (await import("./modal.ts")).login(options));
  modal.command("wait").description("Wait again for a flow that timed out")
    .argument("<flow>")
    .option(...writeProfile)
    .action(async (flow: string, { writeProfile = false }: { writeProfile?: boolean }) => {
      await (await import("./modal.ts")).waitAgain(flow, writeProfile);
    });
  modal.command("token").description("Tokens in the vault")
    .command("info").description("Verify one token with Modal, or all")
    .argument("[credential]")
    .action(async (id: string | undefined) => await (await import("./modal.ts")).tokenInfo(id));
}

function addGoogle(google: Command): void {
  google.command("login").description("Connect a Google account")
    .option("--scope <scope>", "scope to request; repeatable", appended)
    .option("--no-browser", "do not open a browser")
    .action(async ({ scope, browser }: { scope?: string[]; browser: boolean }) => {
      await (await import("./google_login.ts")).login({ scopes: scope, opensBrowser: browser });
    });
  google.command("import").description("Import the tokens of a program that uses Google's client libraries")
    .argument("<file>", "- reads standard input")
    .action(async (file: string) => await (await import("./google_import.ts")).importTokenFile(file));
  google.command("id-token").description("Print an ID token of the emulated Google")
    .argument("<email>")
    .option("--nonce <nonce>")
    .option("--audience <client>")
    .action(async (email: string, claims: { nonce?: string; audience?: string }) => {
      await (await import("./google_id_token.ts")).printIdToken({ email, ...claims });
    });
}

function addMail(mail: Command): void {
  mail.command("list").description("List mails, oldest first")
    .action(async () => await (await import("./mail.ts")).listMails());
  mail.command("show").description("Show a mail")
    .argument("[number]", "default: the newest one", wholeNumber)
    .action(async (number: number | undefined) => await (await import("./mail.ts")).showMail(number));
}

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

function numberOfWorkers(text: string): number {
  const count = wholeNumber(text);
  if (count < 1 || count > MOST_WORKERS) throw new InvalidArgumentError(`It must be 1 to ${MOST_WORKERS}.`);
  return count;
}

function appended(value: string, before: string[] = []): string[] {
  return [...before, value];
}
