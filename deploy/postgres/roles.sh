#!/bin/sh
# Runs once, when the database is made: the role that the API and the workers sign in as. It owns nothing, and acts as
# one of the two roles that row-level security is written for.
set -eu
psql --set ON_ERROR_STOP=1 --set password="$DATABASE_PASSWORD" --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
CREATE ROLE upstream_one_organization NOLOGIN;
CREATE ROLE upstream_all_organizations NOLOGIN;
CREATE ROLE upstream LOGIN NOINHERIT PASSWORD :'password' IN ROLE upstream_one_organization, upstream_all_organizations;
SQL
