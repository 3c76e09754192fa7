import type { CodegenConfig } from "@graphql-codegen/cli";

const config: CodegenConfig = {
  schema: "node_modules/@sallyport/client/schema.graphql",
  documents: "src/*.ts",
  importExtension: ".js",
  generates: {
    "src/gql/": {
      preset: "client",
      config: {
        documentMode: "string",
        strictScalars: true,
        scalars: { DateTime: "string", JSON: "unknown", URL: "string" },
      },
    },
  },
};

export default config;
