import { createHash } from "node:crypto";
import type { EmulatedFlow, NotDecided, TokenFlows } from "./token_flows.ts";

const STYLE = `
:root { color-scheme: light dark; font: 1.05rem/1.5 system-ui, sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: Canvas; color: CanvasText }
main { max-width: 26rem; margin: 1.5rem; padding: 2rem; border: 1px solid color-mix(in srgb, CanvasText 25%, Canvas); border-radius: 1rem }
h1 { margin: 0 0 .5rem; font-size: 1.35rem }
small, .hint { opacity: .75 }
code, input { font: 1.3rem ui-monospace, monospace; letter-spacing: .08em }
form { display: inline-block; margin: 1rem .5rem 0 0 }
label { display: block; margin-bottom: 1rem }
input { display: block; width: 100%; box-sizing: border-box; padding: .5rem; margin-top: .25rem }
button { font: inherit; padding: .6rem 1.4rem; border-radius: .6rem; border: 1px solid CanvasText; background: Canvas; color: CanvasText; cursor: pointer }
button.approve { background: #0a6b3d; border-color: #0a6b3d; color: #fff }
`;

const HEADERS = {
  "content-type": "text/html; charset=utf-8",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${
    createHash("sha256").update(STYLE).digest("base64")
  }'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
  "cache-control": "no-store",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};

const PATH = new URLPattern({ pathname: "/token-flow/:id{/:decision(approve|deny)}?" });

/**
 * Serves the page for approving or denying a flow, at `/token-flow/<id>`. A GET changes nothing. A POST to `…/approve`
 * or `…/deny`, from the page or from a script, decides. Answers 404 for an unknown flow, 409 for one that was already
 * decided, and 403 for a wrong code.
 */
export async function serveApprovalPage(flows: TokenFlows, request: Request): Promise<Response> {
  const { id = "", decision } = PATH.exec(request.url)?.pathname.groups ?? {};
  const flow = flows.find(id);
  if (!flow) {
    return page(404, "Token flow not found", "<p>Start the sign-in again.</p>");
  }
  const allowed = decision ? ["POST"] : ["GET", "HEAD"];
  if (!allowed.includes(request.method)) {
    return new Response("Method not allowed\n", { status: 405, headers: { allow: allowed.join(", ") } });
  }
  if (!decision) {
    return flow.state === "open" ? page(200, "Approve this sign-in?", choice(flow)) : decidedPage(200, flow);
  }
  const state = decision === "approve" ? "approved" : "denied";
  const failure = flows.decide(id, state, await typedCode(request));
  return failure ? failurePage(failure, flow) : decidedPage(200, flow);
}

async function typedCode(request: Request): Promise<string> {
  const isForm = request.headers.get("content-type")?.startsWith("application/x-www-form-urlencoded");
  return new URLSearchParams(isForm ? await request.text() : "").get("code") ?? "";
}

function choice(flow: EmulatedFlow): string {
  const shown = flow.code && !flow.codeRequired;
  const path = `/token-flow/${escape(flow.tokenFlowId)}`;
  return `
<p>A program asks for a token of the emulated workspace. Approve it only if you started it yourself.</p>
${shown ? `<p>The program should show this code: <code>${escape(flow.code)}</code></p>` : ""}
<form method="post" action="${path}/approve">
${flow.codeRequired ? CODE_FIELD : ""}<button class="approve">Approve</button>
</form><form method="post" action="${path}/deny"><button>Deny</button></form>`;
}

const CODE_FIELD =
  `<label>Code from the program<input name="code" required autocomplete="off" autofocus></label>\n`;

const DECIDED: Record<EmulatedFlow["state"], string> = {
  open: "Not decided yet",
  approved: "Approved",
  collected: "Approved",
  denied: "Denied",
  expired: "Expired",
};

function decidedPage(status: number, flow: EmulatedFlow): Response {
  return page(status, DECIDED[flow.state], "<p>You can close this page.</p>");
}

function failurePage(failure: NotDecided, flow: EmulatedFlow): Response {
  if (failure === "wrong_code") return page(403, "Wrong code", choice(flow));
  return page(409, `Already decided: ${DECIDED[flow.state]}`, "<p>You can close this page.</p>");
}

function page(status: number, title: string, body: string): Response {
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escape(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>${escape(title)}</h1>
${body}
<p class="hint"><small>This is an emulator, not Modal.</small></p>
</main>
</body>
</html>
`;
  return new Response(html, { status, headers: HEADERS });
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
