#!/bin/bash
# Kibana, and beside it what loads the dashboard. Compose takes the container for healthy when both are done: a service of its own
# that ends after loading would make `docker compose up --wait` fail.
set -euo pipefail
# Kibana's settings know no files for secrets.
ELASTICSEARCH_SERVICEACCOUNTTOKEN="$(cat /credentials/kibana/token)"
XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY="$(cat /credentials/kibana/encryption_key)"
export ELASTICSEARCH_SERVICEACCOUNTTOKEN XPACK_ENCRYPTEDSAVEDOBJECTS_ENCRYPTIONKEY
(/bin/bash /objects/load.sh && touch /tmp/bulletins-loaded) &
exec /usr/local/bin/kibana-docker
