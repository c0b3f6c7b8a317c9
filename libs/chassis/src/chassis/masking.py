"""What is left of personal data for those who may not see it: enough to tell two people apart, not to reach them."""


def masked_name(name: str) -> str:
    """The first character and as many stars as there were others."""
    return name[:1] + "*" * max(0, len(name) - 1)


def masked_phone(phone: str) -> str:
    """The last four characters behind as many stars as there were others."""
    return "*" * max(0, len(phone) - 4) + phone[-4:]


def masked_email(email: str) -> str:
    """Three stars, whatever the address; empty where there is none."""
    return "***" if email else ""
