"""The rules of getting in: pure functions of their arguments."""
