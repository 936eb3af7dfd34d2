"""Production, with the peers' addresses beside its own, and without the ends that a benchmark would run into."""

from datetime import timedelta

from upstream.settings.prod import *  # noqa: F403

ROOT_URLCONF = "benchmarks.api.peers"
# What a person asks for within a minute is counted as ever; a load generator is no person.
GRAPHQL_VALUES_A_MINUTE = GRAPHQL_VALUES_A_MINUTE_OF_ORGANIZATIONS = 10**12
ACCESS_TOKEN_LIFETIME = timedelta(hours=2)
