import type { AssetName, Assets } from "../assets/assets.ts";
import { randomBytes, toBase64Url } from "../../lib/crypto.ts";

/** A page for people: a heading, and what is below it in HTML. Texts in it must have gone through `escapeHtml`. */
export type HtmlPage = {
  title: string;
  body: string;
  status?: number;
  referrerPolicy?: string;
  /** What the page runs; nothing when left out. */
  script?: AssetName;
  /** `data-…` attributes of the body, for the script. Everybody can read them. */
  data?: Record<string, string>;
  /**
   * Whether a form of it leads to other sites: browsers hold `form-action` against each redirect that follows, so there
   * is none then.
   */
  formLeadsAway?: boolean;
  /** Where else a script of the page comes from, with all that the script loads: `https://accounts.google.com/gsi/`. */
  foreignScripts?: string | undefined;
  /** Whose pages may show it in a frame; nobody's when left out. */
  frameAncestors?: readonly string[];
};

/** Makes an answer of a page. */
export type HtmlPages = (page: HtmlPage) => Response;

/**
 * Pages that share a look. No script but their own runs in them, and no cache keeps them; where one goes from them, the
 * URL is not told.
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

/** What a browser is to allow: the page's own files, its own server, and nothing else. */
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

/** Sends a browser on. */
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
