"""The local stack: Kafka, Elasticsearch and the services as plain processes on loopback, without containers."""
