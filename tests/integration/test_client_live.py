"""The client against what is published: an API that is killed and comes back, and webhooks with their receiver."""

from __future__ import annotations

import io
import re
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from typing import Any

import pytest
from standardwebhooks import Webhook

from services import indices
from services.client import ApiProblem, Client
from services.settings import PROJECT, Settings
from tests.integration.api_process import Api, made, running
from tests.integration.receiver import Deliverer, receiving, wait_until
from tests.integration.test_api_stream import publish, some
from tests.servers import settings_for

pytestmark = pytest.mark.usefixtures("empty_topics")
PAGE = (PROJECT / "docs" / "client.md").read_text("utf-8")


@pytest.fixture
def settings(kafka: Any, elasticsearch: Any, tmp_path: Any) -> Iterator[Settings]:
    plain = settings_for(kafka.bootstrap, elasticsearch.url, tmp_path)
    settings = plain.model_copy(update={"webhook_allow": "127.0.0.1", "webhook_retry_max_seconds": 1})
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        yield settings
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


def snippet(name: str) -> str:
    [code] = re.findall(rf"^```python {name}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return str(code)


def test_a_stream_goes_on_while_its_api_is_killed_and_comes_back(settings: Settings) -> None:
    events = some(600)
    api = Api(settings)
    with Client(api.url, sleep=lambda _: time.sleep(0.05)) as client, client.stream() as stream:

        def trouble() -> None:
            nonlocal api
            for start in range(0, len(events), 100):
                publish(settings, events[start : start + 50])
                api.stop(signal.SIGKILL)
                publish(settings, events[start + 50 : start + 100])
                api = Api(settings)

        troubled = threading.Thread(target=trouble)
        troubled.start()
        got = [str(told.event.event_id) for told in (next(stream) for _ in events)]
        troubled.join()
        assert sorted(got) == sorted(event["event_id"] for event in events)
        # From the id of an event in the middle the rest comes again, under a filter.
        place = stream.last_event_id
        last = made("project_milestone", stage="operational")
        publish(settings, [made("project_milestone", stage="started"), last])
        with client.stream(last_event_id=place, stage="operational") as again:
            assert str(next(again).event.event_id) == last["event_id"]
    assert api.stop()[0] == 0


def test_a_refused_id_is_a_problem_and_no_loop(settings: Settings) -> None:
    with running(settings) as api, Client(api.url) as client, pytest.raises(ApiProblem) as caught:
        client.stream(last_event_id="0")
    assert (caught.value.status, caught.value.errors[0].pointer) == (400, "#/header/Last-Event-ID")


def test_the_stream_of_its_page_runs(settings: Settings) -> None:
    events = some(2, event_type="project_milestone")
    wanted = made("project_milestone", stage="operational", project="地铁七号线")
    with running(settings) as api, Client(api.url) as client:
        with client.stream() as stream:
            begin = stream.last_event_id
        publish(settings, [*events, wanted])
        code = snippet("stream")
        assert code.count("flush=True)\n") == 1
        shown = io.StringIO()
        with redirect_stdout(shown):
            exec(code.replace("flush=True)\n", "flush=True)\n        break\n"), {"client": client, "last_id": begin})
    assert shown.getvalue() == f"地铁七号线 {wanted['evidence']['quote']}\n"


def test_webhooks_from_their_making_to_their_end(settings: Settings) -> None:
    with running(settings) as api, receiving() as receiver, Client(api.url) as client, Deliverer(settings) as deliverer:
        url = receiver.url + "/hook"
        webhook = client.webhooks.create(url, filter={"stage": "started", "region_code": ["410100"]}, description="产业处")
        [listed] = client.webhooks.all()
        assert listed == client.webhooks.get(webhook.webhook_id)
        assert (listed.url, listed.description, listed.filter) == (
            url,
            "产业处",
            {"stage": ["started"], "region_code": ["410100"]},
        )

        tested = client.webhooks.test(webhook.webhook_id)
        assert (tested.delivered, tested.status) == (True, 204)
        Webhook(webhook.secret).verify(receiver.received[-1].body, receiver.received[-1].headers)
        rotated = client.webhooks.rotate(webhook.webhook_id, grace_hours=0)
        assert client.webhooks.test(webhook.webhook_id).delivered
        Webhook(rotated.secret).verify(receiver.received[-1].body, receiver.received[-1].headers)

        wanted = made("project_milestone", stage="started", region_code="410106")
        publish(settings, [made("project_milestone", stage="signed", region_code="410106"), wanted])
        log = lambda: deliverer.log.read_text("utf-8")  # noqa: E731
        wait_until(lambda: wanted["event_id"] in receiver.ids(), log)
        wait_until(lambda: client.webhooks.deliveries(webhook.webhook_id, limit=5), log)
        [delivery] = client.webhooks.deliveries(webhook.webhook_id)
        assert (delivery.message_id, delivery.outcome) == (wanted["event_id"], "delivered")
        assert client.webhooks.deliveries(webhook.webhook_id, failed=True) == []
        client.webhooks.replay(webhook.webhook_id, start="beginning")
        wait_until(lambda: receiver.ids().count(wanted["event_id"]) == 2, log)

        off = client.webhooks.change(webhook.webhook_id, enabled=False, description=None)
        assert (off.enabled, off.description, off.filter) == (False, None, listed.filter)
        client.webhooks.delete(webhook.webhook_id)
        with pytest.raises(ApiProblem) as caught:
            client.webhooks.get(webhook.webhook_id)
        assert caught.value.status == 404
        with pytest.raises(ApiProblem) as caught:
            client.webhooks.create("http://10.0.0.1/")
        assert caught.value.errors[0].pointer == "#/body/url"


def test_the_webhooks_of_its_page_run(settings: Settings) -> None:
    with running(settings) as api, receiving() as receiver, Client(api.url) as client:
        shown = io.StringIO()
        with redirect_stdout(shown):
            exec(snippet("webhook"), {"client": client, "url": receiver.url})
        secret, delivered, failed = shown.getvalue().splitlines()
        assert (secret[:6], delivered, failed) == ("whsec_", "True", "[]")
        assert client.webhooks.all() == []
