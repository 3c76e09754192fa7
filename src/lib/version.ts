import manifest from "../../deno.json" with { type: "json" };

/** This version of Sallyport, as the manifest says it. */
export const VERSION: string = manifest.version;
