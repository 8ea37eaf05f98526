// Checks the client for browsers, and prints what it found as JSON.
//
//   npm install terser
//   SOURCES=src/api/client_script node check.js

import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { pathToFileURL } from "node:url";
import { minify } from "terser";

const { SOURCES } = process.env;
const source = readFileSync(`${SOURCES}/client.js`, "utf8");
const options = JSON.parse(readFileSync(new URL("terser.json", import.meta.url)));
const { code } = await minify(source, options);
const minified = readFileSync(`${SOURCES}/client.min.js`, "utf8");
const exported = await import(pathToFileURL(`${SOURCES}/client.min.js`));
const client = exported.createClient({ issuer: "https://auth.example.com", clientId: "spa" });

const refused = [{}, { issuer: "https://auth.example.com" },
  { issuer: "https://auth.example.com", clientId: "spa", transport: "DPoP" }].map((options) => {
  try {
    return typeof exported.createClient(options);
  } catch ({ message }) {
    return message;
  }
});

console.log(JSON.stringify({
  refused,
  isCurrent: code === minified,
  gzipped: gzipSync(minified, { level: 9 }).length,
  exports: Object.keys(exported),
  methods: Object.keys(client),
  token: await client.token() ?? null, // no session, and no IndexedDB
}));
