"""What a caller is told of a request that does not fit its model: what to give instead, not how the check is written."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Final

from pydantic import BaseModel, BeforeValidator, ConfigDict, ModelWrapValidatorHandler, ValidationError, model_validator
from pydantic_core import InitErrorDetails, PydanticCustomError

# Of one request that are told; an address has room for thousands, and each name is compared with all that there are.
MOST_ERRORS: Final = 50
_MOST_NAME: Final = 50
# Of the letters of two names that are the same: `stag` is near to `stage`, not to `status`.
_NEAR: Final = 0.7
_UNKNOWN: Final = "extra_forbidden"


class Strict(BaseModel):
    """Base of all that callers give: an unknown name is refused, because a misspelt filter that is ignored gives a wrong answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="wrap")
    @classmethod
    def _name_names(cls, given: Any, handler: ModelWrapValidatorHandler[Strict]) -> Strict:
        """Pydantic says of an unknown name only that it is not permitted, and not which are."""
        try:
            return handler(given)
        except ValidationError as error:
            names = [field.alias or name for name, field in cls.model_fields.items()]
            raise ValidationError.from_exception_data(error.title, [_told(item, names) for item in _first(error)]) from None


def unknown(name: str, names: Iterable[str]) -> str:
    """What is said of a name that is not among `names`."""
    known = sorted(names)
    shown = repr(name[:_MOST_NAME])
    if not known:
        return f"there is no {shown}: nothing is taken here"
    near = get_close_matches(name[:_MOST_NAME], known, n=1, cutoff=_NEAR)
    meant = f"; did you mean {near[0]}?" if near else ";"
    return f"there is no {shown}{meant} there are {', '.join(known)}"


def written(form: str, what: str) -> BeforeValidator:
    """Only this form. Pydantic would take `1_0` for ten and the number 86400 for a day of 1970, and would answer what does not fit a
    pattern with the pattern."""
    pattern = re.compile(form, re.ASCII)

    def check(value: Any) -> Any:
        if isinstance(value, str) and not pattern.fullmatch(value):
            raise ValueError(f"is not {what}")
        return value

    return BeforeValidator(check)


def _first(error: ValidationError) -> list[Any]:
    return error.errors(include_url=False)[:MOST_ERRORS]


def _told(item: Any, names: Iterable[str]) -> InitErrorDetails:
    """The same error in our words. Of a model within this one the words are its own already."""
    place = item["loc"]
    mine = item["type"] == _UNKNOWN and len(place) == 1
    said = unknown(str(place[0]), names) if mine else item["msg"]
    return InitErrorDetails(type=PydanticCustomError(_UNKNOWN if mine else item["type"], said), loc=place, input=item["input"])
