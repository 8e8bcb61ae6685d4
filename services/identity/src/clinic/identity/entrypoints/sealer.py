"""Signs heads over the events of identity: `python -m clinic.identity.entrypoints.sealer`."""

from clinic.infra.proof.sealer import run_sealer
from clinic.infra.safe_settings import safe_settings

if __name__ == "__main__":
    run_sealer(safe_settings("identity"))
