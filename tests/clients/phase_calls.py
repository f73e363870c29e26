"""Makes, reads, changes and deletes secrets with Phase's own SDK for Python.

Arguments: the console's address, the project's name. On standard input: the personal secret token.
"""
import contextlib
import io
import json
import sys

from phase import (
    CreateSecretsOptions,
    DeleteSecretOptions,
    GetAllSecretsOptions,
    GetSecretOptions,
    Phase,
    UpdateSecretOptions,
)

address, project = sys.argv[1:]
of = {"env_name": "Staging", "app_name": project}


def read(phase):
    found = phase.get_all_secrets(GetAllSecretsOptions(**of))
    return sorted([secret.key, secret.value, secret.overridden or False] for secret in found)


def said(name, do):
    try:
        with contextlib.redirect_stdout(printed):
            answers[name] = do()
    except Exception as refused:
        answers[name] = {"refused": f"{type(refused).__name__}: {refused}"}


answers, printed = {}, io.StringIO()
try:
    phase = Phase(init=False, host=address, pss=sys.stdin.read().strip())
except Exception as refused:
    print(json.dumps({"refused": str(refused)}))
    sys.exit()

pairs = [{"MODE": "fast"}, {"MAIL": "smtp://${MODE}"}]
said("created", lambda: phase.create_secrets(CreateSecretsOptions(key_value_pairs=pairs, **of)))
said("all", lambda: read(phase))
said("one", lambda: phase.get_secret(GetSecretOptions(key_to_find="MODE", **of)).value)
said("updated", lambda: phase.update_secret(UpdateSecretOptions(key="MODE", value="slow", **of)))
mine = UpdateSecretOptions(key="MODE", value="mine", override=True, **of)
said("overridden", lambda: phase.update_secret(mine))
said("again", lambda: read(phase))
said("deleted", lambda: phase.delete_secret(DeleteSecretOptions(key_to_delete="MAIL", **of)))
said("left", lambda: read(phase))
print(json.dumps({**answers, "printed": printed.getvalue()}))
