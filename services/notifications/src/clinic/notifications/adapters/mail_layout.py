"""The HTML part of a mail: our own MJML layout, compiled once per process, filled by jinja2 with autoescape.

Values never pass through MJML; texts that staff write arrive as blocks and never as a template.
"""

from functools import cache
from importlib.resources import files

import mjml
from jinja2 import Environment, StrictUndefined, Template

from clinic.notifications.application.ports import Letter


def html_of(letter: Letter) -> str:
    """The letter as an HTML document without any outside resource."""
    return _layout().render(
        subject=letter.subject,
        practice_name=letter.practice.name,
        practice_phone=letter.practice.phone,
        blocks=letter.blocks,
    )


@cache
def _layout() -> Template:
    source = files("clinic.notifications.adapters").joinpath("layouts", "appointment.mjml").read_text(encoding="utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    return environment.from_string(mjml.mjml2html(source))
