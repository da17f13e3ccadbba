"""What Airflow's triggerer needs too, which does not see the folder of the DAG files. Light to import, like these."""
