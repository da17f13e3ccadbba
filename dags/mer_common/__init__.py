"""What the DAG files share: the trigger form and the operators. Light to import, like the DAG files themselves."""
