"""Images are written anew from their pixels: what hides beside these is gone, the place of a photo included."""

import warnings
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageOps

from chassis.files.content.found import ContentRefused, Found, Workplace
from chassis.files.content.kinds import Form
from chassis.files.file import Refusal

MOST_PIXELS = 50_000_000
"""A photo of 50 megapixels; decoded it takes 150 MB."""
_THUMBNAIL = (320, 320)
_FORMATS = {Form.JPEG: "JPEG", Form.PNG: "PNG", Form.WEBP: "WEBP"}
_SAVED: Mapping[str, Mapping[str, int]] = {
    "JPEG": {"quality": 90},
    "PNG": {"compress_level": 6},
    "WEBP": {"quality": 90},
}


def open_image(form: Form, place: Workplace) -> Found:
    """Writes the first frame anew, upright, and a thumbnail.

    Raises:
        ContentRefused: it has too many pixels, or is no image of this form.
    """
    name = _FORMATS[form]
    try:
        # Pillow warns of bombs from half its limit on; ours is checked below, before anything is decoded.
        with warnings.catch_warnings(action="ignore"), Image.open(place.source, formats=[name]) as image:
            if image.width * image.height > MOST_PIXELS:
                raise ContentRefused(Refusal.TOO_MUCH_INSIDE)
            upright = ImageOps.exif_transpose(image)
            clean = upright.convert(
                "RGB" if name == "JPEG" or upright.mode not in {"RGBA", "LA", "P", "PA"} else "RGBA"
            )
    except Image.DecompressionBombError as error:
        raise ContentRefused(Refusal.TOO_MUCH_INSIDE) from error
    except (OSError, ValueError, SyntaxError) as error:
        raise ContentRefused(Refusal.DAMAGED) from error
    _save(clean, place.kept, name)
    clean.thumbnail(_THUMBNAIL)
    _save(clean.convert("RGB"), place.thumbnail, "JPEG")
    return Found(form.value, is_rewritten=True, has_thumbnail=True)


def _save(image: Image.Image, path: Path, name: str) -> None:
    image.info = {}
    image.save(path, name, **_SAVED[name])
