/**
 * Returns the text of each operation in the client's generated documents, exactly as the client sends it. The keys are
 * the texts' SHA-256 hashes in hex.
 */
export async function publishedTexts(documents: string): Promise<Record<string, string>> {
  const constants = [...documents.matchAll(/^(export )?const (\w+) = `([^`]*)`/gm)];
  const templates = new Map(constants.map(([, , name, template]) => [name, template ?? ""]));
  const filled = (template: string): string =>
    template.replaceAll(/\$\{(\w+)\}/g, (_, name) => filled(templates.get(name) ?? ""));
  const texts = constants.flatMap(([, exported, , template = ""]) => exported ? [filled(template)] : []);
  return Object.fromEntries(await Promise.all(texts.map(async (text) => [await sha256Hex(text), text])));
}

async function sha256Hex(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex();
}
