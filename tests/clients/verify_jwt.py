"""Verifies an access token with PyJWT and its JWKS client, and nothing of ours.

Argument: the console's address. On standard input: the access token.
"""
import json
import sys

import jwt

issuer = sys.argv[1]
token = sys.stdin.read().strip()
keys = jwt.PyJWKClient(f"{issuer}/.well-known/jwks.json")
wanted = ["iss", "exp", "aud", "sub", "client_id", "iat", "jti"]
try:
    key = keys.get_signing_key_from_jwt(token)
    algorithms, options = ["ES256", "RS256"], {"require": wanted}
    print(json.dumps(jwt.decode(token, key, algorithms, options, audience=issuer, issuer=issuer)))
except jwt.PyJWTError as refused:
    print(json.dumps({"refused": type(refused).__name__}))
