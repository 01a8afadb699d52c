#!/bin/bash
# Gives Kibana the data view, searches and dashboard of bulletins.ndjson once it answers: load.sh [URL]. Where it asks for a login,
# KIBANA_USER and KIBANA_PASSWORD_FILE tell it. What is there already, and
# perhaps was changed by somebody, stays as it is. Exit code 1, with Kibana's reason, where anything else could not be imported.
set -euo pipefail
kibana="${1:-http://127.0.0.1:5601}"
objects="$(dirname "$0")/bulletins.ndjson"
# Not among curl's arguments, which every process of the machine can see.
login() { [[ -z "${KIBANA_USER:-}" ]] || printf 'user = "%s:%s"\n' "$KIBANA_USER" "$(cat "$KIBANA_PASSWORD_FILE")"; }

for _ in {1..150}; do
    if curl -K <(login) -fs -m 5 -o /dev/null "$kibana/api/status"; then break; fi
    sleep 2
done
reply="$(curl -K <(login) -sS -m 60 --retry 5 --retry-connrefused -X POST -H 'kbn-xsrf: bulletins' -F "file=@$objects" \
    "$kibana/api/saved_objects/_import?overwrite=false")"
# An import that fails in part is answered with 200 as well.
refused="$(grep -o '"error":{"[^}]*}' <<<"$reply" | grep -v '"type":"conflict"' || true)"
if [[ -n "$refused" || "$reply" != *'"successCount"'* ]]; then
    echo "bulletins: Kibana did not take the dashboard: ${refused:-$reply}" >&2
    exit 1
fi
echo "bulletins: the dashboard is at /app/dashboards#/view/bulletin-overview" >&2
