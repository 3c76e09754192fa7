/** What one person's requests are made of: their name, their tokens. */
export type Values = Record<string, string>;

/** A request with places for values: `%{token}` in its path, headers and body. ASCII, all of it. */
export type RequestTemplate = {
  method: "GET" | "POST";
  path: string;
  headers?: Record<string, string>;
  body?: string;
  /** Answers that are right, by the name they are counted under, and what each contains. */
  answers: Record<string, string>;
  /** Values to take from a right answer for the next request: the first group of a pattern that must match. */
  keep?: Record<string, string>;
};

/** A template that is ready for many requests. */
export type PreparedRequest = {
  /** The request's text, as it goes over the connection. */
  write: (values: Values) => string;
  /** What the answer counts as, having kept what is to be kept; undefined when it is wrong. */
  judge: (answer: string, values: Values) => string | undefined;
};

export function prepare(template: RequestTemplate, port: number): PreparedRequest {
  const { method, path, headers = {}, body } = template;
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `host: 127.0.0.1:${port}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ];
  const fillHead = filler(lines.join("\r\n"));
  const fillBody = body === undefined ? undefined : filler(body);
  const answers = Object.entries(template.answers);
  const kept = Object.entries(template.keep ?? {}).map(([name, pattern]) =>
    [name, new RegExp(pattern, "i")] as const
  );
  return {
    write: (values) => {
      if (!fillBody) return `${fillHead(values)}\r\n\r\n`;
      const text = fillBody(values);
      return `${fillHead(values)}\r\ncontent-length: ${text.length}\r\n\r\n${text}`;
    },
    judge: (answer, values) => {
      const name = answers.find(([, part]) => answer.includes(part))?.[0];
      if (name === undefined) return undefined;
      for (const [value, pattern] of kept) {
        const found = pattern.exec(answer)?.[1];
        if (found === undefined) return undefined;
        values[value] = found;
      }
      return name;
    },
  };
}

/** Puts values into a text's places; a value that is missing is a mistake of the bench's. */
function filler(template: string): (values: Values) => string {
  const parts = template.split(/%\{(\w+)\}/);
  if (parts.length === 1) return () => template;
  return (values) => {
    let text = "";
    for (const [n, part] of parts.entries()) {
      const filled = n % 2 === 0 ? part : values[part];
      if (filled === undefined) throw new TypeError(`No value for ${part}`);
      text += filled;
    }
    return text;
  };
}
