"""Object stores on local disk and S3, which are opened by URL.

Modules here must not depend on runs, music or tables.
"""
