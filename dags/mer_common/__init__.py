"""Code that the DAG files share: the trigger form, the operators and the assets.

No module may import anything heavy when it is loaded, because Airflow parses the DAG files every few seconds.
"""
