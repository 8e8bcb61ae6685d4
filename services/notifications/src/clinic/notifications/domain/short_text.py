"""Text messages: one GSM-7 segment of at most 160 characters (3GPP TS 23.038 section 6.2.1), the address last.

The product's own texts are one segment; what a practice writes itself may be three.
"""

import unicodedata
from collections.abc import Mapping

from clinic.notifications.domain.variables import fill

SEGMENT = 160
MOST_SEGMENTS = 3
TOO_LONG = f"the text needs more than {MOST_SEGMENTS} text message segments"
_OF_SEVERAL = 153
_UNICODE_SEGMENT, _UNICODE_OF_SEVERAL = 70, 67
_BASIC = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = set("^{}\\[~]|€")
_SAME = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "...", "\u00a0": " "})


def gsm_length(text: str) -> int | None:
    """Septets that a text takes, None where GSM-7 cannot write it. Characters of the extension table take two."""
    if any(character not in _BASIC and character not in _EXTENSION for character in text):
        return None
    return len(text) + sum(character in _EXTENSION for character in text)


def segments(text: str) -> int:
    """How many segments a text is charged as: 160 septets alone or 153 each; outside GSM-7 70 UTF-16 units or 67.

    What takes two (an extension character, a surrogate pair) never lies across a border.
    """
    if (septets := gsm_length(text)) is not None:
        whole, part = SEGMENT, _OF_SEVERAL
        sizes = [2 if character in _EXTENSION else 1 for character in text]
        length = septets
    else:
        whole, part = _UNICODE_SEGMENT, _UNICODE_OF_SEVERAL
        sizes = [2 if ord(character) > 0xFFFF else 1 for character in text]
        length = sum(sizes)
    return 1 if length <= whole else _parts(sizes, part)


def _parts(sizes: list[int], part: int) -> int:
    count, used = 1, 0
    for size in sizes:
        if used + size > part:
            count, used = count + 1, 0
        used += size
    return count


def to_gsm(text: str) -> str:
    """The text in GSM-7: accents that it lacks are dropped, anything else it lacks is left out."""
    kept = []
    for character in text.translate(_SAME):
        if character in _BASIC or character in _EXTENSION:
            kept.append(character)
        else:
            kept.extend(part for part in unicodedata.normalize("NFKD", character) if part in _BASIC)
    return "".join(kept)


def fit(text: str, values: Mapping[str, str]) -> str:
    """The text filled in and in GSM-7, the practice's name shortened until it is one segment.

    The name goes altogether before anything else does. An address that alone needs more makes a longer message.
    """
    name = to_gsm(values["Practice Name"])
    while True:
        filled = to_gsm(fill(text, {**values, "Practice Name": name}))
        if not name:
            filled = filled.removeprefix(": ")
            filled = filled[:1].upper() + filled[1:]
        if not name or (gsm_length(filled) or 0) <= SEGMENT:
            return filled
        name = name[:-1].rstrip() if len(name) > 4 else ""
