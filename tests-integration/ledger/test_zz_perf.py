import time, sys, os
from clinic.kernel.ids import new_id
from ledger_histories import write_history
from clinic.appointments.adapters.rebuild import check, practices
from clinic.appointments.adapters.replacing import rebuild
from clinic.appointments.application.projections.all_views import VIEWS
from clinic.appointments.application.projections.occupancy_states import OCCUPANCY
from clinic.appointments.adapters.projections import projection_of
from clinic.infra.database import Database
from clinic.infra.projector import project, projection_consumer
import cProfile, pstats

N = int(os.environ.get("N", "50000"))


def test_perf(service_database):
    rows = service_database("appointments")
    p = new_id()
    t = time.monotonic()
    write_history(rows.url("superuser"), p, N, 1)
    print("gen", N / (time.monotonic() - t))
    proj = Database(rows.url("projector"))
    for v in VIEWS:
        t = time.monotonic()
        project([projection_consumer(proj, "appointments", projection_of(v))])
        print(v.consumer, N / (time.monotonic() - t))
    ops = Database(rows.url("ops"), limits=False)
    views = [*VIEWS, OCCUPANCY]
    t = time.monotonic()
    out = check(ops, p, views)
    print("check", N / (time.monotonic() - t))
    print([(o.view.consumer, o.rows, len(o.differences), o.failed, o.position) for o in out])
    for o in out:
        print(o.differences[:2])
    t = time.monotonic()
    out = list(rebuild(ops, practices(ops), views))
    print("rebuild", N / (time.monotonic() - t))
    print([(o.view.consumer, o.rows, o.mended, o.failed) for o in out])
    if os.environ.get("PROF"):
        pr = cProfile.Profile()
        pr.enable()
        list(rebuild(ops, practices(ops), views))
        pr.disable()
        pstats.Stats(pr).sort_stats("tottime").print_stats(22)
    ops.close()
    proj.close()
