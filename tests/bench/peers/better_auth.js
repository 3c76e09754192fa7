import process from "node:process";
import { oauthProvider } from "@better-auth/oauth-provider";
import { betterAuth } from "better-auth";
import { getMigrations } from "better-auth/db/migration";
import { anonymous, bearer, emailOTP, jwt, username } from "better-auth/plugins";
import pg from "pg";
import { argon2id, trivial } from "./password_hashes.js";

/**
 * Better Auth with the features that Sallyport is compared in, on a database whose schema it migrates: passwords,
 * user names and bearer tokens. With `BENCH_OAUTH` it also has the provider that issues refresh tokens; with
 * `BENCH_CODES` mailed codes, which are kept in memory instead of sent, and guests. The rate limiter and telemetry
 * are off.
 *
 * @param {string} baseURL
 */
export async function createBetterAuth(baseURL) {
  const { DATABASE_URL, DATABASE_CONNECTIONS, BENCH_HASH, BENCH_OAUTH, BENCH_CODES } = process.env;
  const database = new pg.Pool({ connectionString: DATABASE_URL, max: Number(DATABASE_CONNECTIONS) });
  const codes = new Map();
  const auth = betterAuth({
    baseURL,
    secret: "5a".repeat(32),
    database,
    emailAndPassword: {
      enabled: true,
      // Registration does not sign in at Sallyport either.
      autoSignIn: false,
      password: BENCH_HASH === "trivial" ? trivial : argon2id,
    },
    plugins: [
      username(),
      bearer(),
      ...BENCH_OAUTH ? provider() : [],
      ...BENCH_CODES ? codesAndGuests(codes) : [],
    ],
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
  await (await getMigrations(auth.options)).runMigrations();
  const takeCodes = () => {
    const taken = Object.fromEntries(codes);
    codes.clear();
    return taken;
  };
  return { auth, takeCodes, close: () => database.end() };
}

/**
 * Mailed codes and guests.
 *
 * @param {Map<string, string>} codes - codes by address, in place of mails
 */
function codesAndGuests(codes) {
  const keep = ({ email, otp }) => Promise.resolve(void codes.set(email, otp));
  return [emailOTP({ sendVerificationOTP: keep }), anonymous()];
}

/** Its access tokens are opaque, which is the default. */
function provider() {
  return [
    jwt({ disableSettingJwtHeader: true }),
    oauthProvider({
      loginPage: "/login",
      consentPage: "/consent",
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ];
}
