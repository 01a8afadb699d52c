"""Webhooks: real topics, a real index, a deliverer that is killed, and receivers that misbehave."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from deploy.local.preflight import free_port
from deploy.local.services import environment
from services import indices, keystore
from services.apikeys import Scope
from services.settings import PROJECT, Settings
from tests.integration.api_process import Api, Reply, made, running
from tests.integration.receiver import Deliverer, Received, Receiver, receiving, wait_until
from tests.integration.sse import Subscriber
from tests.integration.test_api_stream import changed, publish, some
from tests.servers import settings_for

pytestmark = pytest.mark.usefixtures("empty_topics")
ALLOWED = "127.0.0.1"


@pytest.fixture
def settings(kafka: Any, elasticsearch: Any, tmp_path: Any) -> Iterator[Settings]:
    plain = settings_for(kafka.bootstrap, elasticsearch.url, tmp_path)
    settings = plain.model_copy(update={"webhook_allow": ALLOWED, "webhook_retry_max_seconds": 1})
    with indices.connect(settings) as client:
        indices.ensure_indices(client, settings)
        yield settings
        client.indices.delete(index=[index.first_name for index in indices.all_indices(settings)])


@pytest.fixture
def api(settings: Settings) -> Iterator[Api]:
    with running(settings) as api:
        yield api


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def ask(api: Api, method: str, path: str, body: Any = None, **headers: str) -> Reply:
    data = None if body is None else json.dumps(body).encode()
    sent = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = urllib.request.Request(api.url + path, data=data, headers=sent, method=method)
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return Reply(reply.status, reply.headers, reply.read())
    except HTTPError as error:
        return Reply(error.code, error.headers, error.read())


def made_webhook(api: Api, receiver: Receiver, path: str = "/hook", **fields: Any) -> Any:
    reply = ask(api, "POST", "/v1/webhooks", {"url": receiver.url + path, **fields})
    assert reply.status == 201, reply.body
    assert reply.headers["location"] == f"/v1/webhooks/{reply.json['webhook_id']}"
    return reply.json


def look(api: Api, webhook: Any, rest: str = "") -> Any:
    return ask(api, "GET", f"/v1/webhooks/{webhook['webhook_id']}{rest}").json


def command(settings: Settings, *words: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment(settings)}
    line = [sys.executable, "-m", "services.cli", "webhooks", *words]
    return subprocess.run(line, cwd=PROJECT, env=variables, capture_output=True, text=True, timeout=60, check=False)


def verifies(secret: str, got: Received) -> bool:
    try:
        Webhook(secret).verify(got.body, got.headers)
    except WebhookVerificationError:
        return False
    return True


def test_what_passes_is_signed_and_delivered_and_secrets_are_rotated(api: Api, receiver: Receiver, settings: Settings) -> None:
    webhook = made_webhook(api, receiver, filter={"stage": ["started"], "region_code": ["410100"]}, description="产业处")
    assert "secret" not in look(api, webhook)
    wanted = made("project_milestone", stage="started", region_code="410106")
    others = [made("project_milestone", stage="signed", region_code="410106"), made("project_milestone", region_code="330106")]
    publish(settings, [*others, wanted])
    with Deliverer(settings) as deliverer:
        wait_until(lambda: receiver.ids(), lambda: deliverer.log.read_text("utf-8"))
        [got] = receiver.received
        assert got.id == wanted["event_id"]
        assert Webhook(webhook["secret"]).verify(got.body, got.headers)["data"] == wanted
        assert json.loads(got.body)["type"] == "project_milestone"
        assert got.headers["content-type"] == "application/json"
        assert not verifies(webhook["secret"], got._replace(body=got.body.replace(b"started", b"stopped")))

        rotated = ask(api, "POST", f"/v1/webhooks/{webhook['webhook_id']}/rotate", {"grace_hours": 1}).json
        assert rotated["secret"] != webhook["secret"]
        wait_until(lambda: both_sign(api, receiver, webhook, rotated), lambda: deliverer.log.read_text("utf-8"))
        ask(api, "POST", f"/v1/webhooks/{webhook['webhook_id']}/rotate", {"grace_hours": 0})
        assert ask(api, "POST", f"/v1/webhooks/{webhook['webhook_id']}/test").json["delivered"]
        assert not verifies(rotated["secret"], last_test(receiver))

        wait_until(lambda: look(api, webhook)["delivered"] == 1, lambda: look(api, webhook))
        wait_until(lambda: look(api, webhook, "/deliveries")["items"], lambda: "a search shows it within a second")
        [delivery] = look(api, webhook, "/deliveries")["items"]
        assert (delivery["message_id"], delivery["outcome"], delivery["status"]) == (wanted["event_id"], "delivered", 204)
        assert deliverer.stop() == 0
    assert webhook["secret"] not in deliverer.log.read_text("utf-8") + api.log.read_text("utf-8")


def last_test(receiver: Receiver) -> Received:
    """Of the messages that were asked for; an event may come again meanwhile, as its courier is started anew by a change."""
    return [got for got in list(receiver.received) if got.id.startswith("test-")][-1]


def both_sign(api: Api, receiver: Receiver, before: Any, after: Any) -> bool:
    assert ask(api, "POST", f"/v1/webhooks/{before['webhook_id']}/test").json["delivered"]
    got = last_test(receiver)
    assert json.loads(got.body)["type"] == "test"
    return verifies(before["secret"], got) and verifies(after["secret"], got)


def test_a_deliverer_that_is_killed_loses_nothing_and_what_comes_twice_has_the_same_id(
    api: Api, receiver: Receiver, settings: Settings
) -> None:
    made_webhook(api, receiver)
    events = some(400)
    publish(settings, events)
    fewest = 40
    for _ in range(4):
        deliverer = Deliverer(settings)
        wait_until(lambda: len(receiver.received) >= fewest, lambda: deliverer.log.read_text("utf-8"))  # noqa: B023
        assert deliverer.stop(signal.SIGKILL) == -signal.SIGKILL
        fewest = len(receiver.received) + 40
    with Deliverer(settings) as deliverer:
        wait_until(lambda: len(set(receiver.ids())) == len(events), lambda: deliverer.log.read_text("utf-8"))
    counts = Counter(receiver.ids())
    assert set(counts) == {event["event_id"] for event in events}
    # Twenty at most are under way when it is killed.
    assert sum(count - 1 for count in counts.values()) <= 4 * 20
    bodies: dict[str, set[bytes]] = {}
    for got in receiver.received:
        bodies.setdefault(got.id, set()).add(got.body)
    assert [each for each in bodies.values() if len(each) > 1] == []


def test_a_receiver_that_fails_is_asked_again_with_growing_pauses_and_misses_nothing(
    api: Api, receiver: Receiver, settings: Settings
) -> None:
    webhook, other = made_webhook(api, receiver), made_webhook(api, receiver, "/other")
    receiver.status = lambda got: 500 if got.path == "/hook" else 200
    events = some(30)
    publish(settings, events)
    with Deliverer(settings) as deliverer:
        wait_until(lambda: look(api, webhook)["failing_since"], lambda: deliverer.log.read_text("utf-8"))
        # One that fails holds up nobody else.
        wait_until(lambda: len(set(receiver.ids("/other"))) == 30, lambda: look(api, other))
        assert look(api, webhook)["error"] == "status 500"
        assert look(api, webhook)["delivered"] == 0
        receiver.status = 204
        wait_until(lambda: len(set(receiver.ids())) == 30, lambda: look(api, webhook))
        wait_until(lambda: look(api, webhook)["failing_since"] is None, lambda: look(api, webhook))
        wait_until(lambda: look(api, webhook, "/deliveries?failed=true")["items"], lambda: "a search shows it within a second")
        failed = look(api, webhook, "/deliveries?failed=true")["items"]
        assert {one["status"] for one in failed} == {500}
        assert ask(api, "GET", f"/v1/webhooks/{webhook['webhook_id']}/deliveries?limit=0").status == 422


def test_who_says_gone_or_fails_for_too_long_is_disabled_and_goes_on_when_enabled(
    api: Api, receiver: Receiver, settings: Settings
) -> None:
    gone, failing = made_webhook(api, receiver), made_webhook(api, receiver, "/failing")
    receiver.status = lambda got: 410 if got.path == "/hook" else 302
    receiver.headers = {"Location": receiver.url + "/elsewhere"}
    events = some(3)
    publish(settings, events)
    with Deliverer(changed(settings, webhook_give_up_hours=2 / 3600)) as deliverer:
        wait_until(lambda: not look(api, gone)["enabled"], lambda: deliverer.log.read_text("utf-8"))
        assert "410" in look(api, gone)["disabled_reason"]
        wait_until(lambda: not look(api, failing)["enabled"], lambda: deliverer.log.read_text("utf-8"))
        assert "redirect" in look(api, failing)["disabled_reason"]
        assert receiver.ids("/elsewhere") == []
        receiver.status = 200
        before = len(receiver.received)
        assert ask(api, "PATCH", f"/v1/webhooks/{gone['webhook_id']}", {"enabled": True}).json["disabled_reason"] is None
        enabled = command(settings, "enable", failing["webhook_id"])
        assert enabled.returncode == 0, enabled.stderr
        wait_until(lambda: len(receiver.received) >= before + 6, lambda: deliverer.log.read_text("utf-8"))
        assert {got.id for got in receiver.received[before:]} == {event["event_id"] for event in events}


def test_a_webhook_is_replayed_from_a_time_or_after_an_event(api: Api, receiver: Receiver, settings: Settings) -> None:
    subscriber = Subscriber(api.url)
    early, late = some(6), some(6)
    publish(settings, early)
    told = subscriber.take(6)
    time.sleep(0.01)
    between = time.time()
    publish(settings, late)
    subscriber.take(6)
    webhook = made_webhook(api, receiver, **{"from": "now"})
    address = f"/v1/webhooks/{webhook['webhook_id']}/replay"

    def replayed(body: Any, wanted: set[str]) -> None:
        receiver.received.clear()
        assert ask(api, "POST", address, body).status == 200
        wait_until(lambda: set(receiver.ids()) == wanted, lambda: (receiver.ids(), wanted))

    with Deliverer(settings):
        all_ids = {event["event_id"] for event in early + late}
        replayed({"from": "beginning"}, all_ids)
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(between)) + f".{int(between % 1 * 1000):03d}Z"
        replayed({"from": moment}, {event["event_id"] for event in late})
        replayed({"after": told[2].id}, all_ids - {one.data["event_id"] for one in told[:3]})
        shown = command(settings, "replay", webhook["webhook_id"], "--from", "beginning")
        assert shown.returncode == 0, shown.stderr
        wait_until(lambda: len(receiver.received) >= 9 + 12, receiver.ids)
    for wrong in ({}, {"from": "now", "after": "x"}, {"after": "x"}, {"from": "yesterday"}, {"from": "2025-01-01T00:00"}):
        assert ask(api, "POST", address, wrong).status == 422, wrong


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.2/", "http://10.0.0.1/hook", "http://169.254.169.254/latest", "http://localhost/", "http://[::1]/", "ftp://example.org/",
        "http://user:word@example.org/", "http://2130706433/", "https://example.org\\@127.0.0.2/", "file:///etc/passwd", "//x", "",
        "http://no-such-host.invalid/", "https://example.org/" + "x" * 2100,
    ],
)  # fmt: skip
def test_an_address_that_is_not_safe_is_refused_with_the_reason(api: Api, url: str) -> None:
    refused = ask(api, "POST", "/v1/webhooks", {"url": url})
    assert refused.status == 422
    assert refused.headers["content-type"] == "application/problem+json"
    assert [error["pointer"] for error in refused.json["errors"]] == ["#/body/url"]


def test_an_address_is_judged_again_when_it_is_connected_to(api: Api, receiver: Receiver, settings: Settings) -> None:
    """The webhook was made where the address was allowed; the deliverer does not allow it."""
    webhook = made_webhook(api, receiver)
    publish(settings, some(3))
    with Deliverer(changed(settings, webhook_allow="")) as deliverer:
        wait_until(lambda: look(api, webhook)["error"], lambda: deliverer.log.read_text("utf-8"))
        error = look(api, webhook)["error"]
        assert error.startswith("UnsafeAddress")
        assert f"BULLETINS_WEBHOOK_ALLOW={receiver.url.removeprefix('http://')} would allow it" in error
    assert receiver.received == []


def test_a_filter_that_is_not_understood_costs_only_its_webhook(api: Api, receiver: Receiver, settings: Settings) -> None:
    """As after going back to an older version."""
    strange, other = made_webhook(api, receiver, "/strange"), made_webhook(api, receiver)
    with indices.connect(settings) as client:
        newer = {"filter": json.dumps({"colour": "red"})}
        client.update(index=settings.webhooks_index, id=strange["webhook_id"], doc=newer, refresh=True)
    events = some(3)
    publish(settings, events)
    with Deliverer(settings) as deliverer:
        wait_until(lambda: not look(api, strange)["enabled"], lambda: deliverer.log.read_text("utf-8"))
        wait_until(lambda: len(receiver.ids()) == 3, lambda: look(api, other))
    shown = look(api, strange)
    assert ("filter" in shown["disabled_reason"], shown["filter"]) == (True, {"colour": "red"})
    assert receiver.ids("/strange") == []
    mended = ask(api, "PATCH", f"/v1/webhooks/{strange['webhook_id']}", {"filter": {}, "enabled": True})
    assert (mended.status, mended.json["filter"]) == (200, {})


def test_what_is_given_is_checked_and_what_is_not_there_is_told(api: Api, receiver: Receiver, settings: Settings) -> None:
    for body, place in (
        ({"url": receiver.url, "filter": {"stage": ["begun"]}}, "#/body/filter/stage/0"),
        ({"url": receiver.url, "filtre": {}}, "#/body/filtre"),
        ({"url": receiver.url, "from": "later"}, "#/body/from"),
        ({}, "#/body/url"),
    ):
        refused = ask(api, "POST", "/v1/webhooks", body)
        assert refused.status == 422
        assert all(error["pointer"].startswith(place) for error in refused.json["errors"]), refused.json
    webhook = made_webhook(api, receiver)
    address = f"/v1/webhooks/{webhook['webhook_id']}"
    assert ask(api, "PATCH", address, {"enabled": None}).status == 422
    assert ask(api, "DELETE", f"{address}?sure=1").json["errors"][0]["pointer"] == "#/query/sure"
    assert ask(api, "PATCH", address, {"filter": {"q": "签约"}, "description": None}).json["filter"] == {"q": "签约"}
    assert [one["webhook_id"] for one in ask(api, "GET", "/v1/webhooks").json["items"]] == [webhook["webhook_id"]]
    assert ask(api, "PATCH", address, {"description": "x" * 2_000_000}).status == 413
    assert ask(api, "POST", "/v1/webhooks", {"url": receiver.url}, Origin="https://elsewhere.example").status == 403
    assert ask(api, "DELETE", address).status == 204
    for method, path in (("GET", address), ("DELETE", address), ("POST", f"{address}/test"), ("GET", f"{address}/deliveries")):
        assert ask(api, method, path).status == 404
    with running(changed(settings, webhook_most=1)) as small:
        made_webhook(small, receiver)
        assert ask(small, "POST", "/v1/webhooks", {"url": receiver.url}).status == 422


def test_the_command_does_what_the_api_does(api: Api, receiver: Receiver, settings: Settings) -> None:
    added = command(settings, "add", receiver.url + "/hook", "-f", "stage=signed", "-f", "stage=started", "-f", "q=签约")
    assert added.returncode == 0, added.stderr
    assert added.stdout.startswith("whsec_")
    # Allowed by the settings of this process, which need not be the deliverer's.
    assert "BULLETINS_WEBHOOK_ALLOW here; `bulletins api`, `bulletins webhooks` and `bulletins deliver` need it" in added.stderr
    [webhook] = ask(api, "GET", "/v1/webhooks").json["items"]
    assert webhook["filter"] == {"stage": ["signed", "started"], "q": "签约"}
    assert webhook["webhook_id"] in command(settings, "list").stdout
    assert command(settings, "test", webhook["webhook_id"]).returncode == 0
    assert verifies(added.stdout.strip(), receiver.received[-1])
    receiver.status = 500
    failed = command(settings, "test", webhook["webhook_id"])
    assert (failed.returncode, "status 500" in failed.stderr) == (1, True)
    assert command(settings, "disable", webhook["webhook_id"]).returncode == 0
    shown = json.loads(command(settings, "show", webhook["webhook_id"]).stdout.splitlines()[0])
    assert (shown["enabled"], shown["disabled_reason"]) == (False, "switched off")
    assert command(settings, "rotate", webhook["webhook_id"]).stdout.startswith("whsec_")
    for wrong in (("add", "http://10.0.0.1/"), ("add", receiver.url, "-f", "stage=begun"), ("add", receiver.url, "--from", "x")):
        assert command(settings, *wrong).returncode == 2
    assert command(settings, "remove", webhook["webhook_id"]).returncode == 0
    missing = command(settings, "remove", webhook["webhook_id"])
    assert (missing.returncode, "no webhook" in missing.stderr) == (1, True)


def test_webhooks_are_for_keys_with_the_scope_admin(settings: Settings) -> None:
    keys = {scope: keystore.create(settings, scope, [scope], 600)[1] for scope in Scope}
    with running(changed(settings, api_host="0.0.0.0")) as api:
        assert ask(api, "GET", "/v1/webhooks").status == 401
        statuses = {scope: ask(api, "GET", "/v1/webhooks", X_API_Key=key).status for scope, key in keys.items()}
        assert statuses == {Scope.READ: 403, Scope.SUBSCRIBE: 403, Scope.ADMIN: 200}


def test_the_receiver_of_the_documentation_takes_what_is_sent(api: Api, settings: Settings) -> None:
    page = (PROJECT / "docs" / "webhooks.md").read_text("utf-8")
    [code] = re.findall(r"^```python receiver\n(.*?)^```$", page, re.M | re.S)
    port = free_port()
    made_one = ask(api, "POST", "/v1/webhooks", {"url": f"http://127.0.0.1:{port}/"}).json
    variables = {**os.environ, "WEBHOOK_SECRET": made_one["secret"]}
    words = [sys.executable, "-c", code.replace("9000", str(port))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env=variables) as process:
        try:
            # As many as are sent at once, and one more.
            events = some(21)
            publish(settings, events)
            assert process.stdout is not None
            with Deliverer(settings):
                printed = [json.loads(process.stdout.readline()) for _ in events]
                # The tries are stored after the answers, and found a second later.
                wait_until(lambda: len(look(api, made_one, "/deliveries")["items"]) >= len(events), lambda: look(api, made_one))
            assert {delivery["outcome"] for delivery in look(api, made_one, "/deliveries")["items"]} == {"delivered"}
            assert {message["data"]["event_id"] for message in printed} == {event["event_id"] for event in events}
        finally:
            process.kill()
