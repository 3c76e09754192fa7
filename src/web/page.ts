/** The page at `/`. */
import { createSallyport } from "../client/sallyport.ts";

const client = createSallyport({ url: location.origin, transport: "COOKIE" });
client.onAuthState(() => {});
