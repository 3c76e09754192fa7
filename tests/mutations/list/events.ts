import type { Mutation } from "../mutation.ts";

export const EVENTS: readonly Mutation[] = [
  {
    name: "a reader who comes back misses what is beyond one page",
    file: "src/events/follow.ts",
    before: "behind ||= page.length === CATCH_UP_BATCH;",
    after: "",
    suites: ["events/events."],
  },
  {
    name: "a reader hears an event twice",
    file: "src/events/follow.ts",
    before: "} else if (next.position > position) {",
    after: "} else {",
    suites: ["events/events"],
  },
  {
    name: "a subscription by flow tells of other users",
    file: "src/events/follow.ts",
    before: "(!filter.userId || filter.userId === event.userId) &&",
    after: "",
    suites: ["events/events.", "accounts/caller"],
  },
  {
    name: "a cursor of another log is taken",
    file: "src/events/follow.ts",
    before: "if (after !== undefined && after > await headPosition(reader.db)) {",
    after: "if (after !== undefined && after > Infinity) {",
    suites: ["events/"],
  },
  {
    name: "events of a deleted user keep the labels of their accounts",
    file: "src/events/event_store.ts",
    before: '["userAgent", "block", "subject", "label", "tokenId", "message"]',
    after: '["userAgent", "block", "subject", "tokenId", "message"]',
    suites: ["accounts/users_deleted"],
  },
  {
    name: "a listener that stopped goes on hearing",
    file: "src/events/event_index.ts",
    before: "set?.delete(listener);",
    after: "",
    suites: ["events/", "http/subscriptions"],
  },
];
