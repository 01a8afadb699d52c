from __future__ import annotations

from collections.abc import Iterator

import pytest

from deploy.local.elasticsearch import Elasticsearch
from tests.browser.data import filled
from tests.integration.api_process import Api, running
from tests.servers import settings_for


@pytest.fixture(scope="session")
def sampled(elasticsearch: Elasticsearch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """An API over what was read from the sample bulletins. Nobody writes to its indices."""
    settings = settings_for("127.0.0.1:9", elasticsearch.url, tmp_path_factory.mktemp("sampled"))
    settings = settings.model_copy(update={"api_rate_per_minute": 1_000_000})
    with filled(settings), running(settings) as api:
        yield api
