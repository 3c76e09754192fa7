import {
  configure,
  getConsoleSink,
  getTextFormatter,
  jsonLinesFormatter,
  type LogRecord,
} from "@logtape/logtape";

/** How logs are written: a JSON object a line for machines, or text for people. */
export type LogOptions = { level: "debug" | "info" | "warning" | "error"; format: "json" | "text" };

/** Sends what the server logs to the console. */
export async function configureLogging(options: LogOptions): Promise<void> {
  const formatter = options.format === "json" ? jsonLinesFormatter : getTextFormatter({ timestamp: "time" });
  await configure({
    reset: true,
    sinks: { console: getConsoleSink({ formatter: (record) => formatter(withPlainErrors(record)) }) },
    loggers: [
      { category: ["sallyport"], lowestLevel: options.level, sinks: ["console"] },
      { category: ["logtape", "meta"], lowestLevel: "warning", sinks: ["console"] },
    ],
  });
}

/**
 * Errors as what they say and where they were thrown. Their other properties stay out: a database's error can
 * carry the row it was about. (`Secret` values show as `[secret]` by themselves.)
 */
function withPlainErrors(record: LogRecord): LogRecord {
  const plain = (value: unknown) =>
    value instanceof Error ? value.stack ?? `${value.name}: ${value.message}` : value;
  const properties = Object.fromEntries(
    Object.entries(record.properties).map(([name, value]) => [name, plain(value)]),
  );
  return { ...record, properties, message: record.message.map(plain) };
}
