"""The projector: `python -m clinic.appointments.entrypoints.projector`."""

from clinic.appointments.adapters.projections import projection_of
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.infra.projector import run_projector
from clinic.infra.safe_settings import safe_settings


def main() -> None:
    """Builds the views until told to stop."""
    run_projector(safe_settings("appointments"), [projection_of(view) for view in VIEWS])


if __name__ == "__main__":
    main()
