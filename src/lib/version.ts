import manifest from "../../deno.json" with { type: "json" };

/** The version of Sallyport, from the manifest. */
export const VERSION: string = manifest.version;
