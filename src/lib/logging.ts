import {
  configure,
  getConsoleSink,
  getTextFormatter,
  jsonLinesFormatter,
  type LogRecord,
} from "@logtape/logtape";

/** The log's level and format: one JSON object per line, or text. */
export type LogOptions = { level: "debug" | "info" | "warning" | "error"; format: "json" | "text" };

/** Sends the server's logs to the console. */
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
 * Replaces errors by their message and stack. Other properties are dropped, because a database error can
 * contain the row. (`Secret` values already print as `[secret]`.)
 */
function withPlainErrors(record: LogRecord): LogRecord {
  const plain = (value: unknown) =>
    value instanceof Error ? value.stack ?? `${value.name}: ${value.message}` : value;
  const properties = Object.fromEntries(
    Object.entries(record.properties).map(([name, value]) => [name, plain(value)]),
  );
  return { ...record, properties, message: record.message.map(plain) };
}
