import { createSallyport } from "@sallyport/client";
import relay from "relay-runtime";
import profileQuery from "./__generated__/profileQuery.graphql.js";
import profileRefetchQuery from "./__generated__/profileRefetchQuery.graphql.js";
import profileUser from "./__generated__/profile_user.graphql.js";

const {
  createOperationDescriptor,
  Environment,
  fetchQuery,
  getSingularSelector,
  Network,
  RecordSource,
  Store,
} = relay;
const { SALLYPORT_URL = "http://127.0.0.1:4000", NAME = "grace", PASSWORD = "" } = process.env;

const sallyport = createSallyport({ url: SALLYPORT_URL });

/** `sallyport.fetch` adds the access token, and renews it when it has expired. */
async function send({ text: query }, variables) {
  const response = await sallyport.fetch(`${SALLYPORT_URL}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/graphql-response+json" },
    body: JSON.stringify({ query, variables }),
  });
  return await response.json();
}

const environment = new Environment({
  network: Network.create(send),
  store: new Store(new RecordSource()),
});

/** The fragment's data of a user that is in the store. */
function profileOf(owner, fragmentReference) {
  return environment.lookup(getSingularSelector(profileUser, fragmentReference, owner.request)).data;
}

await sallyport.signInWithPassword(NAME, PASSWORD);

const { viewer } = await fetchQuery(environment, profileQuery, {}).toPromise();
const profile = profileOf(createOperationDescriptor(profileQuery, {}), viewer);
console.log(`${profile.username} is in the state ${profile.state}`);

const { node } = await fetchQuery(environment, profileRefetchQuery, { id: profile.id }).toPromise();
const again = profileOf(createOperationDescriptor(profileRefetchQuery, { id: profile.id }), node);
console.log(`Loaded again by its id: ${again.username}`);

await sallyport.signOut();
sallyport.close();
