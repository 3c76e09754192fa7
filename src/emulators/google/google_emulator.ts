import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { GoogleEndpoints } from "../../providers/google/api/google_endpoints.ts";
import { BUTTON_SCRIPT_PATH } from "./button.ts";
import { type IdTokenOptions, makeIdToken } from "./id_token.ts";
import { Keys } from "./keys.ts";
import { People, type Person, type Whom } from "./people.ts";
import {
  AUTHORIZATION_PATH,
  createProvider,
  type EmulatedClient,
  type GoogleState,
  TOKEN_PATH,
} from "./provider.ts";
import { CERTIFICATES_PATH, type GoogleCalls, REVOCATION_PATH, serveAsGoogle } from "./routes.ts";
import { defaultSwitches, type GoogleSwitches } from "./switches.ts";
import { dressed, noteSecret } from "./token_texts.ts";

export type GoogleEmulatorOptions = {
  /** 0, the default, for any. */
  port?: number;
  /** What time it is in ID tokens. */
  now?: () => Date;
  /** Applications that are known; by default one, made for this emulator. */
  clients?: EmulatedClient[];
  switches?: Partial<GoogleSwitches>;
};

export type GoogleEmulator = AsyncDisposable & {
  /** Where everything is, the pages too. */
  url: string;
  endpoints: GoogleEndpoints;
  /** The first of `clients`. */
  client: EmulatedClient;
  /** By client id. Others are refused; each may be sent back to `…/auth/google/callback`, and to this machine. */
  clients: Map<string, EmulatedClient>;
  /** Can be changed at any time. */
  switches: GoogleSwitches;
  /** Calls so far, and refreshes under way. */
  calls: GoogleCalls;
  /** Somebody's account, made or changed; see `People.account`. Of one subject, whatever the address. */
  account(whom: Whom): Person;
  /** An ID token as the button on a web page gets one, for the person with this address or subject. */
  issueIdToken(whom: Whom, options?: IdTokenOptions): string;
  /** What somebody has granted, without a browser: tokens as the token endpoint would give them. */
  grant(email: string, scopes: readonly string[]): Promise<{ accessToken: string; refreshToken: string }>;
  /** From now on another key signs; unless they are kept, those before it are not published any more. */
  rotateKeys(options: { keepOld: boolean }): void;
  /** Every secret there is, of the last 10,000: what a test must find nowhere else. */
  secrets(): string[];
  /** Ends the server at once; calls under way fail. Closing twice is closing once. */
  close(): Promise<void>;
};

const HOST = "127.0.0.1";

const DEFAULT_CLIENT: EmulatedClient = {
  clientId: "1234567890-emulated.apps.googleusercontent.com",
  clientSecret: "GOCSPX-emulated-emulated-emulated",
};

/**
 * A stand-in for Google's sign-in and authorization, for development and tests, on this machine alone: the consent
 * page, tokens, their revocation, and the keys. It keeps everything in memory, and nothing after `close`.
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
  const issueIdToken = (whom: Whom, own: IdTokenOptions = {}) => {
    const person = state.people.account(whom);
    const input = { person, audience: client.clientId, scopes: new Set(["email", "profile"]), now: now() };
    const token = makeIdToken(state.keys.signing, input, { ...state.switches.idTokens, ...own });
    noteSecret(state.secrets, token);
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
    account: (whom) => state.people.account(whom),
    issueIdToken,
    async grant(email, scopes) {
      const { sub } = state.people.account({ email });
      const known = await provider.Client.find(client.clientId);
      if (!known) throw new TypeError(`There is no client ${client.clientId}`);
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
        accessToken: dressed(state, "access_token", accessToken),
        refreshToken: dressed(state, "refresh_token", refreshToken),
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
