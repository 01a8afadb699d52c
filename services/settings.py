"""All settings: environment variables `BULLETINS_…`, for example `BULLETINS_KAFKA_BOOTSTRAP=127.0.0.1:9092`."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import Field, SecretStr, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, SettingsError

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "BULLETINS_"
MAX_SECRET_BYTES = 64 * 1024


class Settings(BaseSettings):
    """One model for all services; each uses what it needs. Lists are JSON or comma-separated where the field says so."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    # Servers. A secret may be a file's content: BULLETINS_KAFKA_PASSWORD_FILE=/run/secrets/kafka instead of BULLETINS_KAFKA_PASSWORD.
    kafka_bootstrap: str = "127.0.0.1:9092"
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "PLAINTEXT"
    kafka_sasl_mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    kafka_username: str | None = None
    kafka_password: SecretStr | None = None
    kafka_ca: Path | None = Field(default=None, description="PEM file of whom to trust; by default the system's authorities.")
    kafka_certificate: Path | None = Field(default=None, description="PEM file of a client certificate, with its chain.")
    kafka_key: Path | None = Field(default=None, description="PEM file of its key, unencrypted.")
    elasticsearch_url: str = "http://127.0.0.1:9200"
    elasticsearch_username: str | None = None
    elasticsearch_password: SecretStr | None = None
    elasticsearch_api_key: SecretStr | None = Field(
        default=None, description="As Elasticsearch writes it, in Base64; no password then."
    )
    elasticsearch_ca: Path | None = Field(
        default=None, description="PEM file of whom to trust; by default certifi's authorities."
    )
    events_index: str = Field(default="bulletin-events", description="Alias of the event index.")
    bulletins_index: str = Field(default="bulletins", description="Alias of the index of bulletins, as their sources said them.")
    states_index: str = Field(default="bulletin-states", description="Alias of the index of outcomes and of what holds now.")
    keys_index: str = Field(default="bulletin-keys", description="Alias of the index of API keys.")
    webhooks_index: str = Field(default="bulletin-webhooks", description="Alias of the index of webhooks.")
    deliveries_index: str = Field(
        default="bulletin-deliveries", description="Alias of the index of what webhooks were sent last."
    )
    index_shards: int = Field(default=1, ge=1, le=1024, description="Primary shards of each index, when it is made.")
    topic_replication: int = Field(default=1, ge=1)
    snapshot_repository: str = Field(
        default="bulletins", description="Where `bulletins backup` keeps snapshots; made if missing."
    )
    snapshot_location: str = Field(
        default="bulletins", description="Folder of a repository that is made, below Elasticsearch's path.repo or absolute."
    )

    # Where the services listen. Health ports serve /livez, /readyz and /metrics.
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    chart_library: Path | None = Field(default=None, description="uPlot's WebJar, for the explore page; without it, tables.")
    health_host: str = "127.0.0.1"
    watcher_health_port: int = Field(default=8001, ge=1, le=65535)
    extractor_health_port: int = Field(default=8002, ge=1, le=65535)
    indexer_health_port: int = Field(default=8003, ge=1, le=65535)
    deliverer_health_port: int = Field(default=8004, ge=1, le=65535)

    # API
    api_open: bool = Field(default=False, description="No keys are asked for, though it listens beyond loopback.")
    api_rate_per_minute: int = Field(
        default=6000, ge=1, le=1_000_000, description="Requests of one address, where no keys are asked for."
    )
    api_cors_origins: str = Field(
        default="", description="Comma-separated origins whose pages may call, for example https://example.org; or *."
    )
    api_cursor_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="Signs the places that lists go on from. Several API processes behind one address need the same; by default a random one.",
    )
    api_stream_connections: int = Field(default=2000, ge=1, le=100_000, description="Subscribers of /v1/stream at once, at most.")
    api_stream_messages: int = Field(
        default=20_000, ge=12, le=1_000_000, description="Of the event topics, kept for subscribers who were cut off."
    )
    api_stream_heartbeat_seconds: float = Field(default=15, ge=0.05, le=300)

    # Clients of the API: `bulletins search`, services/client
    api_url: str | None = Field(
        default=None, description="Where the API is asked; by default where it listens by the settings above."
    )
    api_key: SecretStr | None = Field(default=None, description="Shown to the API (`bulletins keys create`).")

    # Webhooks
    webhook_allow: str = Field(
        default="",
        description="Comma-separated `host` or `host:port`: receivers that are sent to although their address is not public. "
        "For the API, the command and the deliverer alike.",
    )
    webhook_most: int = Field(default=100, ge=1, le=1000, description="Webhooks that may be made.")
    webhook_threads: int = Field(default=16, ge=1, le=256, description="Messages that are under way at the same time.")
    webhook_retry_max_seconds: float = Field(default=3600, gt=0, le=86400, description="The longest pause between two tries.")
    webhook_give_up_hours: float = Field(default=72, gt=0, le=8760, description="One that fails so long is disabled.")

    # Watcher
    watch_folders: str = Field(
        default=str(PROJECT / "seeds" / "bulletins"),
        description="Folders, separated by os.pathsep; each may be name=path. The name, by default the path's last part, stands in addresses.",
    )
    sources: Path | None = Field(default=None, description="YAML file of sources (docs/sources.md), beside the folders above.")
    fetch_allow: str = Field(
        default="",
        description="Comma-separated `host` or `host:port`: servers that are fetched from although their address is not public.",
    )
    fetch_proxy: SecretStr | None = Field(default=None, description="http://host:port; proxies of the environment are ignored.")
    fetch_ca_file: Path | None = Field(
        default=None, description="PEM file of certificate authorities that are trusted beside the system's, for https."
    )
    fetch_contact: str = Field(
        default="", max_length=200, pattern=r"^[\x21-\x7e]*$", description="Web or mail address for the user agent."
    )
    fetch_host_seconds: float = Field(default=2, ge=0, le=3600, description="Between two requests to a host, at least.")
    fetch_total_seconds: float = Field(default=60, gt=0, le=600, description="For one address with its redirects.")
    fetch_max_bytes: int = Field(default=20 * 1024 * 1024, ge=1024, le=200 * 1024 * 1024, description="Of one answer, unpacked.")
    fetch_threads: int = Field(default=4, ge=1, le=64, description="Sites that are visited at the same time.")
    state_dir: Path = Field(default=PROJECT / ".local" / "state", description="What the services remember between runs.")
    settle_seconds: float = Field(default=0.2, ge=0, le=3600, description="A file is read when size and time rest this long.")
    rescan_seconds: float = Field(default=30, gt=0, le=86400)

    # Extractor
    extractor_group: str = "bulletins-extractor"
    session_timeout_seconds: float = Field(
        default=8,
        ge=6,
        le=300,
        description="How long a killed process keeps its partitions; brokers refuse less than 6 by default.",
    )
    watchdog_seconds: float = Field(
        default=60, gt=0, le=3600, description="No progress with messages waiting: exit, to be restarted."
    )

    # Indexer
    indexer_group: str = "bulletins-indexer"
    index_batch_documents: int = Field(default=2000, ge=1, le=10_000)
    retry_max_seconds: float = Field(default=30, gt=0, le=300, description="The longest pause between two tries.")

    log_level: str = "INFO"
    log_format: str = Field(default="text", pattern="^(text|json)$", description="json: one object a line, with ids.")
    traces_endpoint: str | None = Field(
        default=None, pattern="^https?://", description="OTLP/HTTP collector, for example http://127.0.0.1:4318; off without."
    )
    traces_ratio: float = Field(default=1.0, ge=0, le=1, description="Share of the bulletins that are traced.")

    @model_validator(mode="after")
    def _check_logins(self) -> Self:
        """Half a login would be left out silently, or fail at a server far away."""
        if self.kafka_security_protocol.startswith("SASL") and (self.kafka_username is None or self.kafka_password is None):
            raise ValueError(
                f"{PREFIX}KAFKA_SECURITY_PROTOCOL={self.kafka_security_protocol} needs KAFKA_USERNAME and KAFKA_PASSWORD"
            )
        if not self.kafka_security_protocol.startswith("SASL") and self.kafka_username is not None:
            raise ValueError(f"{PREFIX}KAFKA_USERNAME needs KAFKA_SECURITY_PROTOCOL=SASL_SSL")
        if not self.kafka_security_protocol.endswith("SSL") and (self.kafka_ca or self.kafka_certificate):
            raise ValueError(f"{PREFIX}KAFKA_CA and KAFKA_CERTIFICATE need KAFKA_SECURITY_PROTOCOL=SASL_SSL or SSL")
        if (self.kafka_certificate is None) != (self.kafka_key is None):
            raise ValueError(f"{PREFIX}KAFKA_CERTIFICATE and KAFKA_KEY belong together")
        if (self.elasticsearch_username is None) != (self.elasticsearch_password is None):
            raise ValueError(f"{PREFIX}ELASTICSEARCH_USERNAME and ELASTICSEARCH_PASSWORD belong together")
        if self.elasticsearch_username is not None and self.elasticsearch_api_key is not None:
            raise ValueError(f"{PREFIX}ELASTICSEARCH_API_KEY or a password, not both")
        if self.elasticsearch_ca is not None and not self.elasticsearch_url.startswith("https://"):
            raise ValueError(f"{PREFIX}ELASTICSEARCH_CA needs ELASTICSEARCH_URL=https://…")
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        *others: PydanticBaseSettingsSource,
        **named: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings, _SecretFiles(settings_cls), *others, *named.values())

    def folders(self) -> list[Path]:
        return [path for _, path in self.named_folders()]

    def named_folders(self) -> list[tuple[str, Path]]:
        """The watched folders with their names, which are not checked here."""
        named = []
        for entry in filter(None, self.watch_folders.split(os.pathsep)):
            name, equals, path = entry.partition("=")
            if equals and "/" not in name:
                named.append((name, Path(path).expanduser()))
            else:
                folder = Path(entry).expanduser()
                named.append((folder.absolute().name, folder))
        return named

    def shown(self) -> dict[str, object]:
        """Every setting for the log at start; secrets are masked by their type."""
        return self.model_dump(mode="json")


# Variables that begin like settings and are read elsewhere: by deploy/local, docker-compose.yml and the tests.
_NO_SETTINGS = frozenset(
    {"CACHE_DIR", "MAVEN_REPOSITORY", "PROCESS_TOKEN", "VERSION", "FOLDER", "FOLDER_NAME"}
    | {"CHROMIUM", "NEED_CHROMIUM", "NEED_TOOLS"}
)

_SERVICE_HOST = "_SERVICE_HOST"
_SERVICE_LINK = re.compile(
    r"(.+)_SERVICE_HOST|(.+?)_SERVICE_PORT(?:_.+)?|(.+?)_PORT(?:_[0-9]+_(?:TCP|UDP|SCTP)(?:_(?:PROTO|PORT|ADDR))?)?", re.ASCII
)


def misspelt(environment: Iterable[str]) -> list[str]:
    """A sentence for each variable that looks like a setting and is none, for it would be left alone silently."""
    environment = list(environment)
    links = _service_links(environment)
    names = [name.upper() for name in Settings.model_fields]
    secrets = [f"{name.upper()}_FILE" for name, field in Settings.model_fields.items() if _is_secret(field)]
    told = []
    for variable in sorted(environment):
        name = variable.upper().removeprefix(PREFIX)
        if variable.upper().startswith(PREFIX) and name not in (*names, *secrets, *_NO_SETTINGS) and variable not in links:
            meant = get_close_matches(name, [*names, *secrets], 1)
            told.append(f"{variable} is no setting and is left alone" + (f"; is {PREFIX}{meant[0]} meant?" if meant else ""))
    return told


def _service_links(environment: Iterable[str]) -> set[str]:
    """What Kubernetes puts into each container for each service of its namespace, where a pod does not forbid it: for one that is called
    `bulletins-kafka-bootstrap` BULLETINS_KAFKA_BOOTSTRAP_SERVICE_HOST, …_PORT_9093_TCP_ADDR and the like. All of a service come
    together, so that a setting's misspelt …_PORT alone is none."""
    services = {variable.removesuffix(_SERVICE_HOST) for variable in environment if variable.endswith(_SERVICE_HOST)}
    return {
        variable
        for variable in environment
        if (found := _SERVICE_LINK.fullmatch(variable)) and not services.isdisjoint(found.groups())
    }


def _is_secret(field: FieldInfo) -> bool:
    return SecretStr in (field.annotation, *get_args(field.annotation))


class _SecretFiles(PydanticBaseSettingsSource):
    """`BULLETINS_NAME_FILE`: a secret as the content of a file, as Docker and Kubernetes give it. Never longer than a password is."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        variable = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(f"{variable}_FILE")
        if not path or not _is_secret(field):
            return None, field_name, False
        if variable in os.environ:
            raise SettingsError(f"{variable} and {variable}_FILE are both set: which one?")
        try:
            with open(path, encoding="utf-8") as file:
                return file.read(MAX_SECRET_BYTES).rstrip("\r\n"), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{variable}_FILE={path} cannot be read: {error}") from error

    def __call__(self) -> dict[str, Any]:
        values = {name: self.get_field_value(field, name)[0] for name, field in self.settings_cls.model_fields.items()}
        return {name: value for name, value in values.items() if value is not None}
