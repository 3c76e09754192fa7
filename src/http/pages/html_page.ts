import type { AssetName, Assets } from "../assets/assets.ts";
import { randomBytes, toBase64Url } from "../../lib/crypto.ts";

/** A page: a heading and its body as HTML. Escape texts with `escapeHtml`. */
export type HtmlPage = {
  title: string;
  body: string;
  status?: number;
  referrerPolicy?: string;
  /** The script that the page runs; none by default. */
  script?: AssetName;
  /** `data-…` attributes of the body, for the script. They are public. */
  data?: Record<string, string>;
  /**
   * Whether a form on the page leads to another site. The page then has no `form-action` policy, because
   * browsers apply it to every redirect that follows.
   */
  formLeadsAway?: boolean;
  /** Another source of scripts, including everything they load: `https://accounts.google.com/gsi/`. */
  foreignScripts?: string | undefined;
  /** Origins that may show the page in a frame; none by default. */
  frameAncestors?: readonly string[];
};

/** Renders a page as a response. */
export type HtmlPages = (page: HtmlPage) => Response;

/**
 * Creates the renderer of all pages. They run no scripts but their own, are never cached, and send no referrer
 * by default.
 */
export function createHtmlPages(assets: Assets): HtmlPages {
  return (page) => {
    const { title, body, script, data = {}, status = 200, referrerPolicy = "no-referrer" } = page;
    const nonce = toBase64Url(randomBytes(16));
    const attributes = Object.entries(data).map(([name, value]) => ` data-${name}="${escapeHtml(value)}"`);
    const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${assets.path("icon.svg")}" type="image/svg+xml">
<link rel="stylesheet" href="${assets.path("style.css")}">${
      script ? `\n<script type="module" nonce="${nonce}" src="${assets.path(script)}"></script>` : ""
    }
</head>
<body${attributes.join("")}>
<main>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
    return new Response(html, {
      status,
      headers: {
        "content-type": "text/html; charset=utf-8",
        "cache-control": "no-store",
        "content-security-policy": policyOf(page, nonce),
        "referrer-policy": referrerPolicy,
        "x-content-type-options": "nosniff",
      },
    });
  };
}

/** The content security policy: only the page's own files and server, plus what `page` names. */
function policyOf(page: HtmlPage, nonce: string): string {
  const { script, formLeadsAway, foreignScripts, frameAncestors = [] } = page;
  const foreign = foreignScripts ? ` ${foreignScripts}` : "";
  return [
    "default-src 'none'",
    ...(script ? [`script-src 'nonce-${nonce}'${foreign}`, `connect-src 'self'${foreign}`] : []),
    `style-src 'self'${foreign && ` 'nonce-${nonce}'${foreign}`}`,
    "img-src 'self'",
    ...(foreign ? [`frame-src${foreign}`] : []),
    "base-uri 'none'",
    ...(formLeadsAway ? [] : ["form-action 'none'"]),
    `frame-ancestors ${frameAncestors.join(" ") || "'none'"}`,
  ].join("; ");
}

const ENTITIES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

/** Redirects a browser (303). */
export function seeOther(location: string): Response {
  const headers = { location, "cache-control": "no-store", "referrer-policy": "no-referrer" };
  return new Response(null, { status: 303, headers });
}

export function notAllowed(...methods: string[]): Response {
  return new Response(`Allowed: ${methods.join(", ")}\n`, {
    status: 405,
    headers: { allow: methods.join(", ") },
  });
}
