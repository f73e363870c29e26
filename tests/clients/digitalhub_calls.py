"""Calls the API with DigitalHub's own client, which finds the token endpoint, exchanges a personal access token and sends
what it gets.

Arguments: the console's address, a folder of its own, the paths to read. On standard input: the personal access token.
"""
import json
import os
import sys

address, folder, *paths = sys.argv[1:]
os.environ["DHCORE_ENDPOINT"] = os.environ["DHCORE_ISSUER"] = address
os.environ["DHCORE_CLIENT_ID"] = "digitalhub"
os.environ["DHCORE_PERSONAL_ACCESS_TOKEN"] = sys.stdin.read().strip()
os.environ["DH_CONFIG"] = os.path.join(folder, "dhcore.ini")

from digitalhub.stores.client.base.factory import get_client  # noqa: E402

try:
    client = get_client()
    read = [client.read_object(path) for path in paths]
    print(json.dumps({"read": read, "kept": open(os.environ["DH_CONFIG"]).read()}))
except Exception as refused:
    print(json.dumps({"refused": f"{type(refused).__name__}: {refused}"}))
