import { Buffer } from "node:buffer";
import { Metadata } from "@grpc/grpc-js";

/** Builds grpc-js metadata from texts by name; binary values (`-bin`) are in base64. */
export function toMetadata(headers) {
  const metadata = new Metadata();
  for (const [name, text] of headers) {
    metadata.add(name, name.endsWith("-bin") ? Buffer.from(text, "base64") : text);
  }
  return metadata;
}

/** Returns metadata as texts by name, as `toMetadata` accepts them. Values of one name are joined with commas. */
export function fromMetadata(metadata) {
  const textOf = (value) => Buffer.isBuffer(value) ? value.toString("base64") : value;
  const names = Object.keys(metadata.getMap());
  return Object.fromEntries(names.map((name) => [name, metadata.get(name).map(textOf).join(",")]));
}

/** Serializes messages, which are bytes already. */
export const bytes = (message) => message;
