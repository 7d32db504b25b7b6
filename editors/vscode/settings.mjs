// `npm run settings`: writes the server's settings into package.json, from their JSON schema.
// `npm run settings -- --check` only says whether they are there.
import { readFileSync, writeFileSync } from "node:fs";

const manifestFile = new URL("package.json", import.meta.url);
const schemaFile = new URL("../../docs/settings.schema.json", import.meta.url);
const TITLE = "Server";

const read = (file) => JSON.parse(readFileSync(file, "utf8"));
const manifest = read(manifestFile);
const { properties: sections } = read(schemaFile);

const keys = Object.entries(sections).flatMap(([section, schema]) =>
  // A setting that is in no section has a place of its own.
  "order" in schema
    ? [[section, schema]]
    : Object.entries(schema.properties).map(([name, schema]) => [`${section}.${name}`, schema]),
);
keys.sort(([, one], [, other]) => one.order - other.order);
const names = new Set(keys.map(([key]) => key));
const linked = (text) =>
  text.replace(/`([\w.]+)`/g, (code, key) => (names.has(key) ? `\`#opencode.${key}#\`` : code));

const properties = Object.fromEntries(
  keys.map(([key, { description, ...schema }]) => [
    `opencode.${key}`,
    { ...schema, markdownDescription: linked(description) },
  ]),
);

const server = manifest.contributes.configuration.find(({ title }) => title === TITLE);
const before = JSON.stringify(server.properties);
server.properties = properties;
if (before !== JSON.stringify(properties)) {
  if (process.argv.includes("--check")) {
    console.error("package.json has other settings than docs/settings.schema.json: npm run settings");
    process.exit(1);
  }
  writeFileSync(manifestFile, `${JSON.stringify(manifest, null, 2)}\n`);
}
