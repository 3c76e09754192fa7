/** Whether the content is JSON. Type, case and white space as RFC 9110 §8.3.1 has them; parameters do not matter. */
export function isJson(headers: Headers): boolean {
  const [type = ""] = (headers.get("content-type") ?? "").split(";", 1);
  return type.trim().toLowerCase() === "application/json";
}
