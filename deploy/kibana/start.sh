#!/bin/bash
# Kibana, and beside it what loads the dashboard. Compose takes the container for healthy when both are done: a service of its own
# that ends after loading would make `docker compose up --wait` fail.
(/bin/bash /objects/load.sh && touch /tmp/bulletins-loaded) &
exec /usr/local/bin/kibana-docker
