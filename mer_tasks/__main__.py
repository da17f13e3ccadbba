"""Run the command line by ``python -m mer_tasks``; see :mod:`mer_tasks.cli.main`."""

from mer_tasks.cli.main import main

if __name__ == "__main__":
    main()
