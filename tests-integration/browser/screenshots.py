"""`make screenshots [ARGS="client staff staff-forms"]`: every page at 390 and 1280 px; 1 when one has a fault.

The pictures lie in `screenshots/`. It starts the product with its sample practice on free ports, walks through both
faces with JavaScript off, and stops.
"""

import signal
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "tests-integration" / "support"), str(Path(__file__).parent)]

import client_walk  # noqa: E402
import staff_forms  # noqa: E402
import staff_walk  # noqa: E402
from album import Album  # noqa: E402
from chromium import chromium  # noqa: E402
from world import World  # noqa: E402

from clinic.deploy.facts import prepare_sample  # noqa: E402
from clinic.deploy.stack import Stack  # noqa: E402

WALKS = {"client": client_walk.walk, "staff": staff_walk.walk, "staff-forms": staff_forms.walk}


def main(wanted: list[str]) -> int:
    """Takes the pictures of the wanted faces; the exit code. SIGTERM ends the product too."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    album = Album(ROOT / "screenshots")
    with (
        tempfile.TemporaryDirectory(prefix="screenshots-") as folder,
        Stack(Path(folder), durable=False, environment={"CLINIC_TEST": "1"}) as stack,
        chromium() as browser,
    ):
        prepare_sample(stack)
        world = World(stack, stack.facts["logins"][0]["password"])
        for face in wanted:
            WALKS[face](browser, world, album)
    for fault in album.faults:
        print(fault)
    print(f"{album.taken} pages at 390 and 1280 px in {album.folder.name}/, {len(album.faults)} faults")
    return 1 if album.faults else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:] or list(WALKS)))
