import type { Asset, Assets, Encoding } from "./assets.ts";
import { notAllowed } from "../pages/html_page.ts";

/** Cache lifetime of files with a fixed path. */
const FIXED_SECONDS = 300;

/** Serves the files that pages load. Returns undefined for any other path. */
export async function answerAsset(
  request: Request,
  pathname: string,
  assets: Assets,
): Promise<Response | undefined> {
  const asset = assets.find(pathname);
  if (!asset) return undefined;
  if (request.method !== "GET" && request.method !== "HEAD") return notAllowed("GET", "HEAD");
  const encoding = encodingOf(request.headers.get("accept-encoding"));
  const headers = headersOf(asset, encoding);
  if (matches(request.headers.get("if-none-match"), headers["etag"])) {
    return new Response(null, { status: 304, headers });
  }
  const body = await asset.encoded(encoding);
  return new Response(request.method === "HEAD" ? null : body, {
    headers: {
      ...headers,
      "content-type": asset.type,
      "content-length": String(body.length),
      ...(encoding !== "identity" && { "content-encoding": encoding }),
    },
  });
}

function headersOf({ anyOrigin, hash, hashed }: Asset, encoding: Encoding) {
  return {
    "cache-control": hashed ? "public, max-age=31536000, immutable" : `public, max-age=${FIXED_SECONDS}`,
    "etag": `"${hash}-${encoding}"`,
    "vary": "accept-encoding",
    "x-content-type-options": "nosniff",
    ...(anyOrigin && { "access-control-allow-origin": "*" }),
  };
}

/** RFC 9110 §13.1.2: weak comparison. */
function matches(asked: string | null, etag: string): boolean {
  return asked?.split(",").some((each) => ["*", etag].includes(each.trim().replace(/^W\//, ""))) ?? false;
}

/** Chooses the best encoding that the client accepts (RFC 9110 §12.5.3). */
function encodingOf(accepted: string | null): Encoding {
  const refused = /;\s*q=0(\.0*)?\s*$/i;
  const names = (accepted ?? "").split(",").filter((each) => !refused.test(each))
    .map((each) => each.split(";")[0]?.trim().toLowerCase());
  return names.includes("br") ? "br" : names.includes("gzip") ? "gzip" : "identity";
}
