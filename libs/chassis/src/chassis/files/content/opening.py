"""Opens a content by what its first bytes claim."""

from chassis.files.content.found import ContentRefused, Found, Workplace
from chassis.files.content.images import open_image
from chassis.files.content.kinds import HEAD_BYTES, Form, form_of
from chassis.files.content.packages import open_package
from chassis.files.content.pdfs import open_pdf
from chassis.files.content.texts import open_text
from chassis.files.file import Refusal


def opened(place: Workplace) -> Found:
    """What the content is; of an image what is kept of it is written beside it.

    Raises:
        ContentRefused: it is not taken.
    """
    with place.source.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise ContentRefused(Refusal.EMPTY)
    form = form_of(head)
    match form:
        case None:
            raise ContentRefused(Refusal.TYPE_NOT_ALLOWED)
        case Form.PDF:
            return open_pdf(place)
        case Form.PACKAGE:
            return open_package(place)
        case Form.TEXT:
            return open_text(place)
        case Form.JPEG | Form.PNG | Form.WEBP:
            return open_image(form, place)
