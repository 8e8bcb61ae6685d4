"""Names, streets and numbers for a made-up British practice. Telephone numbers are Ofcom's for drama use."""

import random
from datetime import date, timedelta
from typing import NamedTuple

FIRST_NAMES = (
    "Olivia Amelia Isla Ava Freya Lily Florence Mia Willow Grace Sophie Emily Ella Poppy Evie Charlotte Rosie Hannah "
    "Aisha Fatima Zara Priya Anjali Mei Chloe Niamh Siobhan Bronwen Megan Catrin Ffion Eilidh Morag Kirsty Agnieszka "
    "Noah Oliver George Arthur Muhammad Leo Harry Oscar Archie Henry Theo Freddie Jack Charlie Thomas Jacob William "
    "Ethan Samuel Joseph Daniel Rhys Gareth Owain Callum Hamish Fergus Patrick Declan Tariq Imran Arjun Rohan Wei "
    "Kwame Chidi Emeka Tobi Mateusz Piotr Andrei Luca Margaret Jean Doreen Sheila Brian Derek Keith Malcolm Norman"
).split()
LAST_NAMES = (
    "Smith Jones Taylor Brown Williams Wilson Johnson Davies Patel Robinson Wright Thompson Evans Walker White Roberts "
    "Green Hall Wood Jackson Clarke Khan Ahmed Hussain Ali Begum Singh Kaur Shah Okafor Adeyemi Mensah Boateng Nowak "
    "Kowalski O'Brien O'Connor Murphy Kelly Byrne MacDonald Campbell Stewart Fraser Murray Morgan Hughes Griffiths "
    "Rees Price Bennett Cooper Ward Turner Hill Moore Harris Lewis Young King Baker Allen Mitchell Carter Phillips "
    "Parker Chen Wong Nguyen Costa Silva Rossi Ionescu Petrov Haddad Farah Osman Achebe "
    "Mbeki Lindqvist Schofield Entwistle"
).split()
OUTWARD = (
    "L1 L2 L3 L4 L5 L6 L7 L8 L9 L11 L12 L13 L14 L15 L16 L17 L18 L19 L20 L22 L23 L24 L25 L36 CH41 CH42 CH43 CH44 CH45 "
    "CH46 CH47 CH48 CH49 CH60 CH61 CH62 CH63 CH64 CH65 WA7 WA8 WA9 WA10 WA11 WN5 PR8 PR9"
).split()
INWARD_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
MAIL_HOSTS = ("example.org", "example.com", "example.net")


class Person(NamedTuple):
    """A made-up client."""

    first_name: str
    last_name: str
    date_of_birth: date | None
    postcode: str
    email: str
    mobile: str
    next_of_kin_name: str = ""
    next_of_kin_email: str = ""
    next_of_kin_mobile: str = ""


def special_people(today: date) -> dict[str, Person]:
    """Those whom a demonstration needs, by reference; the same for every seed.

    Twins with the same facts and contact; a mother with three children on her address; somebody without a date of
    birth, without a postcode, without both; three with next of kin.
    """
    twins = (date(1991, 6, 14), "L17 8XY", "byrne.twins@example.org", "07700 900501")
    home = ("L8 3AB", "grace.okafor@example.org", "07700 900511")
    born = [today.replace(day=1, year=today.year - age) for age in (12, 9, 5)]
    return {
        "T00001": Person("Orla", "Byrne", *twins),
        "T00002": Person("Niamh", "Byrne", *twins),
        "M00001": Person("Grace", "Okafor", date(1986, 2, 27), *home),
        "M00002": Person("Tobi", "Okafor", born[0], *home),
        "M00003": Person("Emeka", "Okafor", born[1], *home),
        "M00004": Person("Zara", "Okafor", born[2], *home),
        "N00001": Person("Hamish", "Fraser", None, "L19 2QT", "hamish.fraser@example.org", "07700 900521"),
        "N00002": Person("Mei", "Chen", date(1979, 12, 3), "", "mei.chen@example.org", ""),
        "N00003": Person("Norman", "Hall", None, "", "norman.hall@example.org", "07700 900523"),
        "K00001": Person(
            "Margaret", "Price", date(1938, 4, 9), "L25 6JP", "margaret.price@example.org", "07700 900531",
            "Susan Price", "susan.price@example.net", "07700 900541",
        ),
        "K00002": Person(
            "Derek", "Schofield", date(1941, 10, 30), "CH41 5DR", "derek.schofield@example.org", "",
            "Alan Schofield", "alan.schofield@example.net", "",
        ),
        "K00003": Person(
            "Doreen", "Griffiths", date(1936, 1, 21), "L15 4LU", "doreen.griffiths@example.org", "07700 900533",
            "Rhys Griffiths", "", "07700 900543",
        ),
    }  # fmt: skip


def person(draw: random.Random, number: int, today: date) -> Person:
    """The client with this number: ages from 4 to 92, an address of their own, a mobile from 07700 900000 to 900999."""
    first, last = draw.choice(FIRST_NAMES), draw.choice(LAST_NAMES)
    age_days = int(draw.triangular(4 * 365, 92 * 365, 45 * 365))
    plain = last.lower().replace("'", "")
    return Person(
        first,
        last,
        today - timedelta(days=age_days),
        postcode(draw),
        f"{first.lower()}.{plain}{number}@{draw.choice(MAIL_HOSTS)}",
        f"07700 900{number % 1000:03}",
    )


def postcode(draw: random.Random) -> str:
    """A postcode of the right form around Liverpool."""
    inward = f"{draw.randint(1, 9)}{draw.choice(INWARD_LETTERS)}{draw.choice(INWARD_LETTERS)}"
    return f"{draw.choice(OUTWARD)} {inward}"
