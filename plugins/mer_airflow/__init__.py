"""Code for Airflow's components: triggerer, API server and scheduler. They cannot see the folder of the DAG files.

The DAG files import it too, so no module may import anything heavy when it is loaded.
"""
