import { createSallyport } from "@sallyport/client";
import { graphql } from "./gql/index.js";

const { SALLYPORT_URL = "http://127.0.0.1:4000", NAME = "grace", PASSWORD = "" } = process.env;

const Sessions = graphql(`
  query Sessions {
    sessions { method createdAt }
  }
`);

const Requirements = graphql(`
  query Requirements($state: UserState!) {
    stateRequirements(state: $state) { requirements { description satisfied } }
  }
`);

const sallyport = createSallyport({ url: SALLYPORT_URL });
await sallyport.signInWithPassword(NAME, PASSWORD);

const { sessions } = await sallyport.request(Sessions);
for (const { method, createdAt } of sessions) console.log(`Signed in with ${method} at ${createdAt}`);

const { stateRequirements } = await sallyport.request(Requirements, { state: "PAYMENT" });
for (const { description, satisfied } of stateRequirements.requirements) {
  console.log(`${satisfied ? "Done" : "To do"}: ${description}`);
}

await sallyport.signOut();
sallyport.close();
