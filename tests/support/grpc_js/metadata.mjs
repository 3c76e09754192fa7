import { Buffer } from "node:buffer";
import { Metadata } from "@grpc/grpc-js";

/** grpc-js's metadata from names and texts; those of binary ones (`-bin`) are in base64. */
export function toMetadata(headers) {
  const metadata = new Metadata();
  for (const [name, text] of headers) {
    metadata.add(name, name.endsWith("-bin") ? Buffer.from(text, "base64") : text);
  }
  return metadata;
}

/** Texts by name, as `toMetadata` takes them; several of one name are joined with commas. */
export function fromMetadata(metadata) {
  const textOf = (value) => Buffer.isBuffer(value) ? value.toString("base64") : value;
  const names = Object.keys(metadata.getMap());
  return Object.fromEntries(names.map((name) => [name, metadata.get(name).map(textOf).join(",")]));
}

/** How messages become bytes here: they are some already. */
export const bytes = (message) => message;
