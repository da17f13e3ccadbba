"""Local stack: starts, watches and stops Airflow and Postgres as processes of one machine. No stage may import it."""
