"""Asks about a token and ends it, with Authlib's client and nothing of ours.

Arguments: the console's address, how the client says who it is. On standard input, a line each: the service's token, the
token that is asked about.
"""
import json
import sys

from authlib.integrations.requests_client import OAuth2Session

url, method = sys.argv[1:]
service, token = sys.stdin.read().split()
client = OAuth2Session("gateway", service, token_endpoint_auth_method=method)
answers = []


def ask():
    answer = client.introspect_token(f"{url}/oauth2/introspect", token=token, token_type_hint="access_token")
    answers.append([answer.status_code, answer.json()])


ask()
answer = client.revoke_token(f"{url}/oauth2/revoke", token=token, token_type_hint="access_token")
answers.append([answer.status_code, answer.text])
ask()
print(json.dumps(answers))
