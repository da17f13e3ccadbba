"""Object stores on local disk and S3: :func:`open_store` opens the one at a URL.

Modules here must not depend on runs, music or tables.
"""

from mer_tasks.storage.factory import open_store

__all__ = ["open_store"]
