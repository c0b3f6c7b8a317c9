"""Exact arithmetic in integers: parts per million, rounded half to even.

Bounds that keep every product inside 63 bits: a worth is at most `MAX_WORTH`, each of the three lifts at most
`MAX_LIFT`, so the largest product is 3·10¹¹ · 3 · 3 · 3·10⁶ = 8.1·10¹⁸ < 2⁶³.
"""

from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

Int64Array = npt.NDArray[np.int64]
IndexArray = npt.NDArray[np.intp]
BoolArray = npt.NDArray[np.bool_]

PPM = 1_000_000
"""One whole, in parts per million."""
MAX_WORTH = 3 * 10**11
"""Largest worth of a lead, in hundredths: 3·10⁹ of the currency."""
MIN_LIFT, MAX_LIFT = 200_000, 3_000_000
"""Bounds of each lift, in parts per million."""
OUT = -(1 << 62)
"""Total of a rep who is no candidate; below every real total by far."""
OUT_BELOW = OUT // 2
"""A total under this one is no real total, whatever was added to `OUT`."""

_HALF = PPM // 2
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def share_of(amount: int, ppm: int) -> int:
    """amount · ppm / 10⁶, rounded half to even."""
    whole, rest = divmod(amount * ppm, PPM)
    return whole + (rest > _HALF or (rest == _HALF and whole % 2 == 1))


def shares_of(amounts: Int64Array, ppm: Int64Array, out: Int64Array, scratch: Int64Array) -> None:
    """As `share_of`, element by element, into `out`; `amounts` may be `out`.

    Args:
        scratch: shape (2, *out.shape), overwritten. Reused buffers keep large batches from waiting for fresh pages.
    """
    product, back = scratch
    np.multiply(amounts, ppm, out=product)
    product += _HALF
    np.floor_divide(product, PPM, out=out)
    # Adding one half rounds half up. Only an exact half, which real figures rarely are, can have come out odd by it.
    np.multiply(out, PPM, out=back)
    halves = product == back
    if halves.any():
        out -= halves & (out & 1)


def bounded(value: int, low: int, high: int) -> int:
    return max(low, min(high, value))


def epoch_seconds(at: datetime) -> int:
    """Whole seconds since 1970, rounded down. The moment must be aware."""
    since = at - _EPOCH
    return since.days * 86_400 + since.seconds


def from_epoch(seconds: int) -> datetime:
    return _EPOCH + seconds * _SECOND
