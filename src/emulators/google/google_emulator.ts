import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { GoogleEndpoints } from "../../providers/google/api/google_endpoints.ts";
import { BUTTON_SCRIPT_PATH } from "./button.ts";
import { type IdTokenOptions, makeIdToken } from "./id_token.ts";
import { Keys } from "./keys.ts";
import { type AccountInput, People, type Person } from "./people.ts";
import {
  AUTHORIZATION_PATH,
  createProvider,
  type EmulatedClient,
  type GoogleState,
  TOKEN_PATH,
} from "./provider.ts";
import { CERTIFICATES_PATH, type GoogleCalls, REVOCATION_PATH, serveAsGoogle } from "./routes.ts";
import { defaultSwitches, type GoogleSwitches } from "./switches.ts";
import { recordSecret, toGoogleForm } from "./token_texts.ts";

export type GoogleEmulatorOptions = {
  /** 0, the default, for any free port. */
  port?: number;
  /** The clock for ID tokens. */
  now?: () => Date;
  /** The registered applications; by default one. */
  clients?: EmulatedClient[];
  switches?: Partial<GoogleSwitches>;
};

export type GoogleEmulator = AsyncDisposable & {
  /** The origin of all endpoints and pages. */
  url: string;
  endpoints: GoogleEndpoints;
  /** The first of `clients`. */
  client: EmulatedClient;
  /** By client id. Each may redirect to `…/auth/google/callback` and to this machine. */
  clients: Map<string, EmulatedClient>;
  /** Tests can change these at any time. */
  switches: GoogleSwitches;
  calls: GoogleCalls;
  /** Creates or changes an account; see `People.account`. */
  account(account: AccountInput): Person;
  /** Issues an ID token as the sign-in button would, for the account with this address or subject. */
  issueIdToken(account: AccountInput, options?: IdTokenOptions): string;
  /** Grants scopes without a browser, and returns tokens as the token endpoint would. */
  grant(email: string, scopes: readonly string[]): Promise<{ accessToken: string; refreshToken: string }>;
  /** Signs with a new key from now on. Without `keepOld`, the old keys are no longer published. */
  rotateKeys(options: { keepOld: boolean }): void;
  /** The last 10,000 secrets, so that tests can search logs and databases for them. */
  secrets(): string[];
  /** Stops the server at once. Calls under way fail. Further calls do nothing. */
  close(): Promise<void>;
};

const HOST = "127.0.0.1";

const DEFAULT_CLIENT: EmulatedClient = {
  clientId: "1234567890-emulated.apps.googleusercontent.com",
  clientSecret: "GOCSPX-emulated-emulated-emulated",
};

/**
 * Emulates Google's sign-in and authorization for development and tests: the consent page, tokens, revocation and keys.
 * It listens only on this machine. All state is in memory and lost after `close`.
 */
export async function startGoogleEmulator(options: GoogleEmulatorOptions = {}): Promise<GoogleEmulator> {
  const { clients = [DEFAULT_CLIENT], now = () => new Date() } = options;
  const state: GoogleState = {
    clients: new Map(clients.map((client) => [client.clientId, client])),
    people: new People(),
    keys: new Keys(),
    switches: { ...defaultSwitches(), ...options.switches },
    now,
    consents: new Set(),
    offlineGrants: new Set(),
    secrets: clients.map(({ clientSecret }) => clientSecret),
  };
  const client = clients[0] ?? DEFAULT_CLIENT;
  const issueIdToken = (account: AccountInput, own: IdTokenOptions = {}) => {
    const person = state.people.account(account);
    const input = { person, audience: client.clientId, scopes: new Set(["email", "profile"]), now: now() };
    const token = makeIdToken(state.keys.signing, input, { ...state.switches.idTokens, ...own });
    recordSecret(state.secrets, token);
    return token;
  };
  const provider = await createProvider(state);
  const { calls, closing } = serveAsGoogle(provider, state, issueIdToken);
  const server = createServer(provider.callback());
  const port = await listen(server, options.port ?? 0);
  const url = `http://${HOST}:${port}`;

  const end = async () => {
    closing.abort();
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await closed;
  };
  let ended: Promise<void> | undefined;
  const close = () => ended ??= end();
  return {
    url,
    endpoints: {
      authorization: url + AUTHORIZATION_PATH,
      token: url + TOKEN_PATH,
      revocation: url + REVOCATION_PATH,
      certificates: url + CERTIFICATES_PATH,
      buttonScript: url + BUTTON_SCRIPT_PATH,
    },
    client,
    clients: state.clients,
    switches: state.switches,
    calls,
    account: (account) => state.people.account(account),
    issueIdToken,
    async grant(email, scopes) {
      const { sub } = state.people.account({ email });
      const known = await provider.Client.find(client.clientId);
      if (!known) throw new TypeError(`Unknown client: ${client.clientId}`);
      const grant = new provider.Grant({ accountId: sub, clientId: client.clientId });
      grant.addOIDCScope(scopes.join(" "));
      const grantId = await grant.save();
      state.consents.add(`${sub} ${client.clientId}`);
      const made = {
        accountId: sub,
        client: known,
        grantId,
        gty: "authorization_code",
        scope: scopes.join(" "),
      };
      const accessToken = await new provider.AccessToken(made).save();
      const refreshToken = await new provider.RefreshToken({ ...made, rotations: 0 }).save();
      return {
        accessToken: toGoogleForm(state, "access_token", accessToken),
        refreshToken: toGoogleForm(state, "refresh_token", refreshToken),
      };
    },
    rotateKeys: (how) => state.keys.rotate(how),
    secrets: () => [...state.secrets],
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function listen(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, HOST, resolve);
  });
  return (server.address() as AddressInfo).port;
}
