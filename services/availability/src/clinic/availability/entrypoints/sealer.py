"""Signs heads over the events of availability: `python -m clinic.availability.entrypoints.sealer`."""

from clinic.infra.proof.sealer import run_sealer
from clinic.infra.safe_settings import safe_settings

if __name__ == "__main__":
    run_sealer(safe_settings("availability"))
