"""An amount of money, exact to the hundredth."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Amount:
    """Never negative."""

    hundredths: int
    currency: str
    """ISO 4217."""

    def __post_init__(self) -> None:
        if self.hundredths < 0:
            raise ValueError("an amount cannot be negative")
