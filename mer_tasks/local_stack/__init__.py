"""Airflow and Postgres on one machine: starting, watching and stopping their processes. No stage imports it."""
