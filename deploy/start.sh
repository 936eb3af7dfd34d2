#!/bin/sh
# What a container of the backend image is to be: web, worker, beat, or a management command (manage migrate).
set -eu
cd /app

metrics() {
    export PROMETHEUS_MULTIPROC_DIR=/tmp/metrics
    # Counters of processes that are gone must not be added to.
    rm -rf "$PROMETHEUS_MULTIPROC_DIR"
    mkdir -p "$PROMETHEUS_MULTIPROC_DIR"
}

# Nothing starts that row-level security does not hold: tables without it, a role above it.
checked() {
    python backend/manage.py check --database default
}

case "$1" in
web)
    checked
    metrics
    exec granian --interface wsgi --host 0.0.0.0 --port "$PORT" \
        --workers "${WEB_PROCESSES:-2}" --blocking-threads "${WEB_THREADS:-4}" --respawn-failed-workers --no-ws \
        --working-dir backend upstream.wsgi:application
    ;;
worker)
    checked
    metrics
    exec celery --workdir backend -A upstream worker --loglevel INFO --concurrency "${WORKER_PROCESSES:-2}" \
        --without-gossip --without-mingle
    ;;
beat)
    exec celery --workdir backend -A upstream beat --loglevel INFO --schedule /tmp/beat --pidfile /tmp/beat.pid
    ;;
manage)
    shift
    exec python backend/manage.py "$@"
    ;;
*)
    echo "start.sh: say web, worker, beat or manage, not $1" >&2
    exit 64
    ;;
esac
