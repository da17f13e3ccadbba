"""``python -m mer_tasks``: see :mod:`mer_tasks.cli`."""

from mer_tasks.cli import main

if __name__ == "__main__":
    main()
