"""The AsyncAPI 3.0 document of all topics, from the topic list and the models. https://www.asyncapi.com/docs/reference/specification/v3.0.0"""

from __future__ import annotations

import inspect
from typing import Any

from services import contracts, deadletter, topics
from services.contracts import SCHEMA_VERSION
from services.topics import Topic

# https://github.com/asyncapi/bindings/tree/master/kafka
BINDING_VERSION = "0.5.0"
DESCRIPTION = """\
Typed events from the bulletins of Chinese district governments, each one pointing at the words that it came from.

Subscribe to the channel of an event type to get its events as they are found. Delivery is at least once: `event_id` (and the
header `ce_id`) is the same however often an event is sent. An event holds until an outcome of its bulletin, with a higher
revision or a newer extractor, no longer lists its id. The messages of one bulletin share a key and keep their order."""
CLOUD_EVENT_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "CloudEvents 1.0, Kafka protocol binding, binary mode; `traceparent` is W3C Trace Context.",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "The same content always has the same id."},
        "ce_source": {"type": "string", "minLength": 1, "description": "The source_uri of the bulletin."},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When the message was made."},
        "ce_revision": {"type": "string", "pattern": "^[1-9][0-9]*$", "description": "The revision of the bulletin."},
        "content-type": {"const": "application/json"},
        "traceparent": {"type": "string", "pattern": "^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$"},
    },
}
DEAD_LETTER_HEADERS: dict[str, Any] = {
    "type": "object",
    "description": "Why the message died, under the header names of Kafka Connect; the original's own headers stand beside them.",
    "required": [
        deadletter.TOPIC,
        deadletter.ERROR_CLASS,
        deadletter.ERROR_MESSAGE,
        deadletter.SERVICE,
        deadletter.ATTEMPTS,
        deadletter.FAILED_AT,
    ],
    "properties": {
        deadletter.TOPIC: {"type": "string", "description": "The topic that the message was read from, or was meant for."},
        deadletter.PARTITION: {"type": "string", "pattern": "^[0-9]+$"},
        deadletter.OFFSET: {"type": "string", "pattern": "^[0-9]+$"},
        deadletter.ERROR_CLASS: {"type": "string"},
        deadletter.ERROR_MESSAGE: {"type": "string"},
        deadletter.SERVICE: {"type": "string"},
        deadletter.ATTEMPTS: {"type": "string", "pattern": "^[1-9][0-9]*$"},
        deadletter.FAILED_AT: {"type": "string", "format": "date-time"},
    },
}


def document() -> dict[str, Any]:
    """The whole document as plain data."""
    listed = topics.load()
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "Bulletin events", "version": SCHEMA_VERSION, "description": DESCRIPTION},
        "defaultContentType": "application/json",
        "servers": {"local": {"host": "127.0.0.1:9092", "protocol": "kafka", "description": "The quick start, loopback only."}},
        "channels": {
            name: channel for topic in listed.all() for name, channel in _channels(topic, listed.dead_letter_partitions).items()
        },
        "operations": {name: operation for topic in listed.all() for name, operation in _operations(topic).items()},
        "components": {
            "messages": {name: message for topic in listed.all() for name, message in _messages(topic).items()},
            "schemas": {"CloudEventHeaders": CLOUD_EVENT_HEADERS, "DeadLetterHeaders": DEAD_LETTER_HEADERS},
        },
    }


def dead_letter_channel(topic: Topic) -> str:
    return f"{topic.role}_dead_letters"


def _channels(topic: Topic, dead_letter_partitions: int) -> dict[str, Any]:
    twin = dead_letter_channel(topic)
    return {
        topic.role: {
            "address": topic.name,
            "summary": _summary(topic),
            "messages": {topic.model: {"$ref": f"#/components/messages/{topic.model}"}},
            "bindings": {"kafka": _kafka(topic.name, topic.partitions, topic.retention_ms, topic.max_message_bytes)},
        },
        twin: {
            "address": topic.dead_letter,
            "summary": f"Messages of {topic.name} that could not be handled, whole, with the reason in their headers.",
            "messages": {"DeadLetter": {"$ref": f"#/components/messages/{topic.model}DeadLetter"}},
            "bindings": {
                "kafka": _kafka(
                    topic.dead_letter, dead_letter_partitions, topic.retention_ms, topic.dead_letter_max_message_bytes
                )
            },
        },
    }


def _kafka(name: str, partitions: int, retention_ms: int, max_message_bytes: int) -> dict[str, Any]:
    return {
        "topic": name,
        "partitions": partitions,
        "topicConfiguration": {
            "cleanup.policy": ["delete"],
            "retention.ms": retention_ms,
            "max.message.bytes": max_message_bytes,
        },
        "bindingVersion": BINDING_VERSION,
    }


def _operations(topic: Topic) -> dict[str, Any]:
    twin = dead_letter_channel(topic)
    operations: dict[str, Any] = {}
    for service in topic.producers:
        operations[f"{service}_sends_{topic.role}"] = _operation("send", topic.role)
    for service in topic.consumers:
        operations[f"{service}_receives_{topic.role}"] = _operation("receive", topic.role)
    for service in dict.fromkeys(topic.producers + topic.consumers):
        operations[f"{service}_sends_{twin}"] = _operation("send", twin)
    return operations


def _operation(action: str, channel: str) -> dict[str, Any]:
    return {"action": action, "channel": {"$ref": f"#/channels/{channel}"}}


def _messages(topic: Topic) -> dict[str, Any]:
    schema = {"$ref": f"./jsonschema/{_file(topic)}.json"}
    key = {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": BINDING_VERSION}}
    ce_type = {"properties": {"ce_type": {"const": f"bulletins.{topic.role}.v{SCHEMA_VERSION}"}}}
    return {
        topic.model: {
            "name": topic.model,
            "summary": _summary(topic),
            "contentType": "application/json",
            "headers": {"allOf": [{"$ref": "#/components/schemas/CloudEventHeaders"}, ce_type]},
            "payload": schema,
            "bindings": key,
        },
        f"{topic.model}DeadLetter": {
            "name": f"{topic.model}DeadLetter",
            "summary": f"A {topic.model}, or what stood in its place: key, value and headers are the original's, byte for byte.",
            "headers": {"$ref": "#/components/schemas/DeadLetterHeaders"},
            "bindings": key,
        },
    }


def _file(topic: Topic) -> str:
    return "bulletin" if topic.role == "text" else topic.role


def _summary(topic: Topic) -> str:
    return (inspect.getdoc(getattr(contracts, topic.model)) or topic.model).split("\n\n")[0].replace("\n", " ")
