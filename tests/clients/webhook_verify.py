"""Verifies a delivery with the published library: prints what it says, or null where it is not to be believed.

Standard input: the secret, then the headers as JSON, then the body.
"""
import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError

secret = sys.stdin.readline().strip()
headers = json.loads(sys.stdin.readline())
body = sys.stdin.read()
try:
    print(json.dumps(Webhook(secret).verify(body, headers)))
except WebhookVerificationError:
    print("null")
