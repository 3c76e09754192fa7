import { graphql, type ResultOf } from "../../src/client/operator/graphql.ts";

/** The first request: the server's version and settings, and the token's role. */
export const Greeting = graphql(`
  query Greeting {
    server {
      version startedAt database instanceId emulated inboxUrl googleConfigured mailConfigured modalServerUrl
    }
    operator { name role expiresAt }
  }
`);

export const Health = graphql(`
  subscription Health {
    serverHealth {
      instanceId tailLagSeconds hashQueue subscribers waitingFlows jobs
      checks { name ok message series }
      series { name unit samples { value } }
      recentErrors { id at type actor data }
    }
  }
`);

/** Small, because every screen follows it. */
export const Checks = graphql(`
  subscription Checks {
    serverHealth { checks { name ok message } }
  }
`);

export const ReadConfiguration = graphql(`
  query ReadConfiguration { configuration { name about isSet value isSecret } }
`);

export type SettingRow = ResultOf<typeof ReadConfiguration>["configuration"][number];
export type ServerGreeting = ResultOf<typeof Greeting>;
export type ServerHealth = ResultOf<typeof Health>["serverHealth"];
export type Check = ResultOf<typeof Checks>["serverHealth"]["checks"][number];
