"""docker-compose.yaml on stand-ins for its images: two workers, then each of its parts killed or taken away in mid-run.

Starts only by ``make test-compose``, which builds the images and sets MER_TEST_COMPOSE: the command that is docker-compose, or
docker compose, with the project's files.
"""
