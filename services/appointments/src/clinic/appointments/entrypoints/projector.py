"""The projector: `python -m clinic.appointments.entrypoints.projector`."""

from clinic.appointments.adapters.projections import projection_of
from clinic.appointments.adapters.view_versions import ViewVersions
from clinic.appointments.application.projections.all_views import EVERY_VERSION
from clinic.infra.projector import run_projector
from clinic.infra.safe_settings import safe_settings


def main() -> None:
    """Builds the views until told to stop, and switches to a new version when it has caught up."""
    projections = [projection_of(view) for view in EVERY_VERSION]
    run_projector(safe_settings("appointments"), projections, lambda database: ViewVersions(database, EVERY_VERSION))


if __name__ == "__main__":
    main()
