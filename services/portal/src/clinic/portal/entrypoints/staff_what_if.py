"""What if other windows had held? A page of the portal settings, for site administrators (F54)."""

from typing import Any

from flask import Blueprint, request
from markupsafe import Markup

from clinic.contracts.identity import ADMINISTRATOR
from clinic.portal.application.staff.what_if import WINDOWS, read_question, told_answer
from clinic.portal.entrypoints.staff_desk import Desk, page, staff_page

blueprint = Blueprint("what_if", __name__, url_prefix="/p/<slug>/settings/portal/what-if")


@blueprint.get("")
@staff_page(ADMINISTRATOR)
def what_if(desk: Desk) -> Any:
    """The question as a form; once it is asked, the answer below it. Nothing is changed by it."""
    question = read_question(request.args, desk.today)
    given: dict[str, Any] = {"given": question.given, "windows": WINDOWS.items(), "answer": None, "drawing": ""}
    if "from" not in request.args:
        return page("what_if.html", **given)
    if question.errors:
        return page("what_if.html", 422, errors=question.errors, **given)
    answer = told_answer(desk.services, desk.services.what_if(question.query))
    # Every text in it is escaped by `draw_grid`.
    return page("what_if.html", **given | {"answer": answer, "drawing": Markup(answer.drawing)})  # noqa: S704
