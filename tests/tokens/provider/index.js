// An OpenID provider on loopback. Arguments: the port, and a file with its private keys as a JWK set, the first one signing.
import { readFileSync } from "node:fs";
import Provider from "oidc-provider";

const [port, keys] = process.argv.slice(2);
const { keys: jwks } = JSON.parse(readFileSync(keys, "utf8"));
const algorithm = jwks[0].alg;

const provider = new Provider(`http://127.0.0.1:${port}`, {
  jwks: { keys: jwks },
  cookies: { keys: ["of no account"] },
  clients: [{
    client_id: "app",
    client_secret: "of no account",
    grant_types: ["client_credentials", "authorization_code"],
    redirect_uris: ["http://127.0.0.1:1/done"],
    response_types: ["code"],
    id_token_signed_response_alg: algorithm,
  }],
  enabledJWA: { idTokenSigningAlgValues: ["RS256", "PS256", "ES256", "EdDSA"] },
  scopes: ["openid", "email", "pets:read", "pets:write"],
  claims: { openid: ["sub", "groups"], email: ["email", "email_verified"] },
  conformIdTokenClaims: false,
  pkce: { required: () => false },
  features: {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: true },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => "https://pets.example",
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: "pets:read pets:write",
        audience: "pets",
        accessTokenFormat: "jwt",
        jwt: { sign: { alg: algorithm } },
      }),
    },
  },
  extraTokenClaims: () => ({ tier: "gold" }),
  findAccount: (_context, id) => ({
    accountId: id,
    claims: () => ({ sub: id, email: `${id}@example.com`, email_verified: true, groups: ["a", "b"] }),
  }),
});
provider.listen(Number(port), "127.0.0.1", () => console.log("ready"));
