"""Replies with an entity tag, in the media type asked for."""

from __future__ import annotations

import hashlib
from typing import Any, Final

import orjson
from fastapi import Request, Response

JSON: Final = "application/json"
# The version is in the path as well; who wants it fixed in the media type asks for this one.
VERSIONED: Final = "application/vnd.bulletins.v1+json"
# Anyone may keep a reply, but has to ask whether it still holds: an event may be retracted at any time.
CACHE: Final = "no-cache"


def json_reply(request: Request, value: Any) -> Response:
    """200 with the value, or 304 where the caller has it already."""
    return tagged(request, orjson.dumps(value), media_type(request))


def tagged(request: Request, body: bytes, written_as: str) -> Response:
    """200 with the body in this media type, or 304 where the caller has it already."""
    # Weak: the same value goes out compressed and plain. Not the same in another media type.
    tag = f'W/"{hashlib.blake2b(body, key=written_as.encode(), digest_size=12).hexdigest()}"'
    headers = {"ETag": tag, "Cache-Control": CACHE, "Vary": "Accept, Authorization"}
    if _has(request.headers.get("if-none-match", ""), tag):
        return Response(status_code=304, headers=headers)
    return Response(body, media_type=written_as, headers=headers)


def media_type(request: Request) -> str:
    return VERSIONED if VERSIONED in request.headers.get("accept", "") else JSON


def _has(given: str, tag: str) -> bool:
    """RFC 9110, 13.1.2: any of the tags, compared weakly."""
    tags = {one.strip().removeprefix("W/") for one in given.split(",")}
    return "*" in tags or tag.removeprefix("W/") in tags
