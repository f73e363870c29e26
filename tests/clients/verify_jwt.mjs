// Verifies an access token with jose and its JWKS client, and nothing of ours.
//
// Arguments: where jose is, the console's address. On standard input: the access token.
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const [, , library, issuer] = process.argv;
const { createRemoteJWKSet, jwtVerify } = await import(pathToFileURL(library));
const token = readFileSync(0, "utf8").trim();
const keys = createRemoteJWKSet(new URL(`${issuer}/.well-known/jwks.json`));
try {
  const { payload } = await jwtVerify(token, keys, { issuer, audience: issuer, typ: "at+jwt" });
  console.log(JSON.stringify(payload));
} catch (refused) {
  console.log(JSON.stringify({ refused: refused.code ?? String(refused) }));
}
