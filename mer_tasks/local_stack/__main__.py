"""Command line ``python -m mer_tasks.local_stack``; see :mod:`mer_tasks.local_stack.commands`."""

from mer_tasks.local_stack.commands import app

if __name__ == "__main__":
    app()
