/** Whether the content type is JSON. Compares as RFC 9110 §8.3.1 requires, and ignores parameters. */
export function isJson(headers: Headers): boolean {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase() === "application/json";
}
