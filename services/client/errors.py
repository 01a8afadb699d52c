"""What a call of the API may raise."""

from __future__ import annotations

from services.replies import Problem, ProblemError


class ApiError(Exception):
    """Base of all that follow."""


class UnreachableError(ApiError):
    """Nothing answers at the address, not in time, or the answer broke off."""


class UnexpectedReplyError(ApiError):
    """What answers is not this API, or not this version of it."""


class ApiProblem(ApiError):
    """The API refused: its problem document (RFC 9457). `retry_after` is in seconds, where the API said when to come again."""

    def __init__(self, problem: Problem, request_id: str | None = None, retry_after: float | None = None) -> None:
        super().__init__(problem, request_id, retry_after)
        self.problem = problem
        self.request_id = request_id
        self.retry_after = retry_after

    @property
    def type(self) -> str:
        return self.problem.type

    @property
    def title(self) -> str:
        return self.problem.title

    @property
    def status(self) -> int:
        return self.problem.status

    @property
    def detail(self) -> str:
        return self.problem.detail

    @property
    def instance(self) -> str:
        return self.problem.instance

    @property
    def errors(self) -> list[ProblemError]:
        """Where the request is wrong, place by place: `pointer` and `detail` each."""
        return self.problem.errors

    def __str__(self) -> str:
        """On one line: the status, and each wrong parameter or else what happened."""
        places = "; ".join(f"{name(error)}: {error.detail}" for error in self.errors)
        return f"{self.status} {self.title}: {places or self.detail}"


def name(error: ProblemError) -> str:
    """What is wrong by its name: `stage` of `#/query/stage/0`, `filter.stage` of `#/body/filter/stage/0`. Which of several values it is
    says less than what they are values of."""
    place, *parts = error.pointer.removeprefix("#/").split("/")
    return ".".join(part for part in parts if not part.isdigit()) or place
