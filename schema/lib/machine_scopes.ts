/** Access rules of fields that API keys may also use. Fields with other rules are closed to keys, except public ones. */
export const READS_USERS = { $any: { operator: "READ", apiKey: "users:read" } } as const;
export const WRITES_USERS = { $any: { operator: "OPERATE", apiKey: "users:write" } } as const;
export const READS_EVENTS = { $any: { signedIn: true, apiKey: "events:read" } } as const;
export const READS_METRICS = { $any: { operator: "READ", apiKey: "metrics:read" } } as const;
