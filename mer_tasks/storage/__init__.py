"""Object stores: whole or absent objects on local disk or S3, by URL. Knows nothing of runs, music or tables."""
