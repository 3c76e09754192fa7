/** A page for people: a heading, and what is below it in HTML. */
export type HtmlPage = { title: string; body: string; status?: number; referrerPolicy?: string };

/**
 * No script, no frame, nothing from elsewhere; no cache keeps it, and where one goes from it, the URL is not told. Texts
 * in `body` must have gone through `escapeHtml`.
 */
export function htmlPage(
  { title, body, status = 200, referrerPolicy = "no-referrer" }: HtmlPage,
): Response {
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${
    escapeHtml(title)
  }</title></head>
<body>
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
      "content-security-policy": "default-src 'none'; base-uri 'none'; frame-ancestors 'none'",
      "referrer-policy": referrerPolicy,
      "x-content-type-options": "nosniff",
    },
  });
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
