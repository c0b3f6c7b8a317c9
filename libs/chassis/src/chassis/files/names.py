"""Names of files as people typed them: shown, offered for saving, never part of a path."""

import unicodedata

from chassis.errors import Violation

_LONGEST = 200
_RESERVED = frozenset('/\\:*?"<>|')


def name_faults(name: str, field: str) -> list[Violation]:
    """What is wrong with a name; the one of a path is refused rather than cut, for the rest of it would be a guess."""
    faults = []
    if not name.strip() or len(name) > _LONGEST:
        faults.append(Violation(field, "string.length", f"must have 1 to {_LONGEST} characters"))
    if name.strip(". ") == "" or _RESERVED & set(name):
        faults.append(Violation(field, "name.path", 'must be a plain name without / \\ : * ? " < > |'))
    if any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in name):
        faults.append(Violation(field, "name.invisible", "must have no control or invisible characters"))
    return faults
