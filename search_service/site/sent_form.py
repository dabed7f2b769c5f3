"""What a form of our pages has sent, where it has no file."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated
from urllib.parse import parse_qs

from fastapi import Depends
from starlette.requests import Request

FORM_MEDIA_TYPE = "application/x-www-form-urlencoded"  # the one that browsers send without a file: multipart is for uploads
_MAX_FIELDS = 500  # a list of bookmarks has 200


class Form:
    """The fields of a form."""

    def __init__(self, fields: Mapping[str, Sequence[str]], *, is_whole: bool = True) -> None:
        """`is_whole`: false where what was sent is no form of ours, or has more fields than any."""
        self.is_whole = is_whole
        self._fields = fields

    def text(self, name: str) -> str:
        """Return the first value of a field without blanks around it, "" if there is none."""
        return next(iter(self._fields.get(name, ())), "").strip()

    def values(self, names: Collection[str]) -> list[tuple[str, str]]:
        """Return the values of the fields `names`, in the order of the form."""
        return [(name, value) for name, values in self._fields.items() for value in values if name in names]


async def _read_form(request: Request) -> Form:
    """Return the fields of a form; none of a body that is no form, or has too many. What is not UTF-8 is replaced."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM_MEDIA_TYPE:
        return Form({}, is_whole=False)
    body = (await request.body()).decode("ascii", "replace")  # short: the edge has seen to it
    try:
        return Form(parse_qs(body, keep_blank_values=True, errors="replace", max_num_fields=_MAX_FIELDS))
    except ValueError:
        return Form({}, is_whole=False)


SentForm = Annotated[Form, Depends(_read_form)]
