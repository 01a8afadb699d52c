#!/bin/bash
# Elasticsearch with the users, roles and certificates of /credentials/elasticsearch (`bulletins credentials`).
set -euo pipefail
config=/usr/share/elasticsearch/config
# The image's own files belong to root, the folder to our group: they are replaced, not written.
cp --remove-destination /credentials/elasticsearch/* "$config/"
chmod 0600 "$config/node.key" "$config/users" "$config/service_tokens"
# Once: a second start of the same container finds it there.
if ! grep -q '^xpack.security.enabled' "$config/elasticsearch.yml"; then
    cat "$config/elasticsearch.yml" /setup/security.yml > "$config/new.yml"
    mv -f "$config/new.yml" "$config/elasticsearch.yml"
fi
exec /usr/local/bin/docker-entrypoint.sh eswrapper
