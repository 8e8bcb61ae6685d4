"""What a sign-in message says (F9, F14): no name, no appointment, nothing that says whose link it is (ADR 0024)."""

SIGN_IN_READS = "Open the client portal"

SIGN_IN_SUBJECT = "Your link to the client portal of {Practice Name}"

SIGN_IN_OPENING = """Somebody asked for a link to the client portal of {Practice Name}.

Open it to see your appointments. It is valid for 30 minutes and works once."""

SIGN_IN_CLOSING = """If you did not ask, ignore this message: nobody gets in without the date of birth and the postcode.

Questions? Call {Practice Name} on {Practice Phone}."""

SIGN_IN_SMS = "{Practice Name}: your link, valid 30 minutes. If you did not ask, ignore this. {Next Appt. URL}"

SIGN_IN_BODY_KEPT = "A link to the client portal."
"""What is stored of it once it is sent."""
