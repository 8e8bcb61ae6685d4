"""A process pays only for the providers that it uses."""

import subprocess
import sys

HEAVY = ("twilio", "sendgrid", "cryptography", "werkzeug", "flask")
ASK = "import sys, clinic.notifications.bootstrap; print([one for one in sys.argv[1:] if one in sys.modules])"


def test_wiring_loads_no_providers_library() -> None:
    said = subprocess.run([sys.executable, "-c", ASK, *HEAVY], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
