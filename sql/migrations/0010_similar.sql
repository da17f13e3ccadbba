-- Similar tracks: vectors of tracks, and functions that find the nearest ones. They need the extension vector (pgvector); without it
-- everything else works, so no statement here names its types: the functions make such statements when they are called.
--
-- The functions for readers run with the rights of the schema's owner, because readers may not read tables. Values of the caller are
-- parameters of the statements, never parts of their text.

CREATE TABLE mer.space (
  space_no integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  space text NOT NULL UNIQUE,
  kind text NOT NULL CHECK (kind IN ('statistics', 'encoder')),
  name text NOT NULL,
  source text NOT NULL,
  size integer NOT NULL CHECK (size BETWEEN 1 AND 4000),
  means double precision[] NOT NULL,
  deviations double precision[] NOT NULL,
  made_at timestamptz NOT NULL DEFAULT now(),
  CHECK (cardinality(means) = size AND cardinality(deviations) = size)
);
COMMENT ON TABLE mer.space IS 'Spaces of vectors, one row each. The vectors of a space are in the table vector_ with its number. Vectors of two spaces are never compared.';
COMMENT ON COLUMN mer.space.space_no IS 'Number of the space.';
COMMENT ON COLUMN mer.space.space IS 'sha256 of all that decides the vectors, in hex: kind, source, means and deviations.';
COMMENT ON COLUMN mer.space.kind IS 'statistics: summary statistics of the features. encoder: embeddings of a pretrained encoder.';
COMMENT ON COLUMN mer.space.name IS 'Name for people.';
COMMENT ON COLUMN mer.space.source IS 'What computes the numbers of a track before they are standardised: the version of the statistics, or the digest of the encoder.';
COMMENT ON COLUMN mer.space.size IS 'Number of dimensions.';
COMMENT ON COLUMN mer.space.means IS 'Mean of each dimension over the tracks of the run that made the space. It is subtracted.';
COMMENT ON COLUMN mer.space.deviations IS 'Standard deviation of each dimension over the same tracks; 1 if all have the same value. It divides.';
COMMENT ON COLUMN mer.space.made_at IS 'When the space was made.';

ALTER TABLE mer.run ADD COLUMN space_no integer REFERENCES mer.space;
COMMENT ON COLUMN mer.run.space_no IS 'Space to which the run published vectors of its tracks; null if it published none.';

CREATE FUNCTION mer.current_space() RETURNS integer
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
BEGIN ATOMIC
  SELECT coalesce(
    (SELECT run.space_no FROM mer.champion JOIN mer.run USING (run_no)),
    (SELECT run.space_no FROM mer.run WHERE run.space_no IS NOT NULL ORDER BY run_no DESC LIMIT 1)
  );
END;
COMMENT ON FUNCTION mer.current_space() IS 'Returns the number of the space that similar tracks are searched in: that of the champion''s training run, or else that of the latest run that has one. Runs with the rights of the schema''s owner.';

CREATE VIEW mer.spaces AS
SELECT space, kind, name, source, size, made_at, space_no, space_no = mer.current_space() AS is_current
FROM mer.space;
COMMENT ON VIEW mer.spaces IS 'Spaces of vectors, one row each. Vectors of two spaces are never compared.';
COMMENT ON COLUMN mer.spaces.space IS 'sha256 of all that decides the vectors, in hex: kind, source, means and deviations.';
COMMENT ON COLUMN mer.spaces.kind IS 'statistics: summary statistics of the features. encoder: embeddings of a pretrained encoder.';
COMMENT ON COLUMN mer.spaces.name IS 'Name for people.';
COMMENT ON COLUMN mer.spaces.source IS 'What computes the numbers of a track before they are standardised: the version of the statistics, or the digest of the encoder.';
COMMENT ON COLUMN mer.spaces.size IS 'Number of dimensions.';
COMMENT ON COLUMN mer.spaces.made_at IS 'When the space was made.';
COMMENT ON COLUMN mer.spaces.space_no IS 'Number of the space, and of its table of vectors.';
COMMENT ON COLUMN mer.spaces.is_current IS 'Whether similar tracks are searched in this space: see the function similar.';

CREATE FUNCTION mer.why_no_vectors() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT format(
      'this database %s, expected the extension vector (pgvector) 0.8 or newer: install it on the server, then run python -m mer_tasks bootstrap',
      coalesce('has vector ' || max(extversion), 'lacks the extension vector')
    )
  FROM pg_extension
  WHERE extname = 'vector'
  HAVING coalesce(max(regexp_match(extversion, '^(\d+)\.(\d+)')::integer[]) < '{0,8}', true);
END;
COMMENT ON FUNCTION mer.why_no_vectors() IS 'Returns why this database cannot have vectors of tracks; null if it can.';

CREATE FUNCTION mer.vector_type() RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
BEGIN ATOMIC
  SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace WHERE extname = 'vector';
END;
COMMENT ON FUNCTION mer.vector_type() IS 'Returns the schema that has the types and operators of the extension vector, quoted for statements.';

CREATE FUNCTION mer.make_vector_tables() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
  new record;
BEGIN
  FOR new IN SELECT space_no, size, 'vector_' || space_no AS name FROM mer.space LOOP
    CONTINUE WHEN to_regclass('mer.' || new.name) IS NOT NULL;
    EXECUTE format(
      'CREATE TABLE mer.%I (track_no integer PRIMARY KEY, content bytea NOT NULL, vector %s.halfvec(%s) NOT NULL)',
      new.name, mer.vector_type(), new.size
    );
    EXECUTE format('COMMENT ON TABLE mer.%I IS %L', new.name, format('Vectors of tracks in space %s, one row each.', new.space_no));
    EXECUTE format('COMMENT ON COLUMN mer.%I.track_no IS %L', new.name, 'Track.');
    EXECUTE format('COMMENT ON COLUMN mer.%I.content IS %L', new.name, 'sha256 of the audio file that the vector was computed from.');
    EXECUTE format('COMMENT ON COLUMN mer.%I.vector IS %L', new.name, 'Standardised numbers of the track, scaled to length 1.');
    EXECUTE format('GRANT SELECT, INSERT, DELETE ON mer.%I TO mer_writer', new.name);
  END LOOP;
END
$$;
COMMENT ON FUNCTION mer.make_vector_tables() IS 'Makes the table of vectors of each space that has none. Runs with the rights of the schema''s owner.';

CREATE FUNCTION mer.drop_vector_index(space_no integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  EXECUTE format('DROP INDEX IF EXISTS mer.%I', 'vector_' || drop_vector_index.space_no || '_nearest');
END
$$;
COMMENT ON FUNCTION mer.drop_vector_index(integer) IS 'Drops the index of a space''s vectors, before many are added. Runs with the rights of the schema''s owner.';

-- Without parallel workers, which would build the graph in /dev/shm: a container has only 64 MB of it.
CREATE FUNCTION mer.build_vector_index(space_no integer) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET maintenance_work_mem = '1200MB' SET max_parallel_maintenance_workers = 0
AS $$
#variable_conflict use_column
DECLARE
  name text := 'vector_' || build_vector_index.space_no;
  many boolean;
BEGIN
  -- Two runs that finish together would both build it.
  PERFORM pg_advisory_xact_lock(1835364868, build_vector_index.space_no);
  IF to_regclass('mer.' || name) IS NULL OR to_regclass('mer.' || name || '_nearest') IS NOT NULL THEN
    RETURN false;
  END IF;
  EXECUTE format('ANALYZE mer.%I', name);
  EXECUTE format('SELECT count(*) = 10000 FROM (SELECT FROM mer.%I LIMIT 10000) AS first_ones', name) INTO many;
  IF many THEN
    EXECUTE format(
      'CREATE INDEX %I ON mer.%I USING hnsw (vector %s.halfvec_cosine_ops) WITH (m = 12, ef_construction = 64)',
      name || '_nearest', name, mer.vector_type()
    );
  END IF;
  RETURN many;
END
$$;
COMMENT ON FUNCTION mer.build_vector_index(integer) IS 'Builds the index (HNSW) of a space''s vectors unless it exists. With fewer than 10,000 vectors there is none: every search compares all of them then. Returns whether it built one. Runs with the rights of the schema''s owner.';

CREATE TYPE mer.neighbour AS (
  place integer, track_id text, title text, artist text, genre text, distance double precision, positives text[]
);
COMMENT ON TYPE mer.neighbour IS 'A row of the functions similar, like and path.';
COMMENT ON COLUMN mer.neighbour.place IS 'Place in the list, from 1.';
COMMENT ON COLUMN mer.neighbour.track_id IS 'Track.';
COMMENT ON COLUMN mer.neighbour.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
COMMENT ON COLUMN mer.neighbour.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
COMMENT ON COLUMN mer.neighbour.genre IS 'Genre of the track.';
COMMENT ON COLUMN mer.neighbour.distance IS 'Cosine distance of the vectors, from 0 (same direction) to 2: to the track that was asked for or, in a path, to the track before; null for the first track of a path.';
COMMENT ON COLUMN mer.neighbour.positives IS 'Ids of the labels in use that the track has by the served predictions.';

CREATE FUNCTION mer.named(track_nos integer[], distances double precision[]) RETURNS SETOF mer.neighbour
LANGUAGE sql STABLE
BEGIN ATOMIC
  SELECT
    place::integer, track_id, title, artist, track.genre, distance,
    ARRAY(SELECT label_id FROM unnest(positives) AS number JOIN mer.label ON label_no = number WHERE NOT retired ORDER BY label_no)
  FROM unnest(track_nos, distances) WITH ORDINALITY AS found (track_no, distance, place)
  JOIN mer.track USING (track_no)
  LEFT JOIN mer.listing USING (track_no)
  ORDER BY place;
END;
COMMENT ON FUNCTION mer.named(integer[], double precision[]) IS 'Describes tracks, in their order.';

-- Errors of these functions that the caller can mend have the code MER01, by which the platform knows them.
CREATE FUNCTION mer.numbers_of(emotions text[]) RETURNS smallint[]
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
  unknown text := (
    SELECT emotion FROM unnest(emotions) AS emotion
    WHERE NOT EXISTS (SELECT FROM mer.label WHERE label_id = emotion AND NOT retired) LIMIT 1
  );
BEGIN
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION '%', format(
      'label %L: expected one of %s%s', unknown,
      (SELECT string_agg(label_id, ', ' ORDER BY label_no)
        FROM (SELECT label_id, label_no FROM mer.label WHERE NOT retired ORDER BY label_no LIMIT 20) AS first_ones),
      (SELECT CASE WHEN count(*) > 20 THEN format(' and %s more', count(*) - 20) END FROM mer.label WHERE NOT retired)
    ) USING ERRCODE = 'MER01';
  END IF;
  RETURN ARRAY(SELECT label_no FROM mer.label WHERE label_id = ANY (emotions) AND NOT retired ORDER BY label_no);
END
$$;
COMMENT ON FUNCTION mer.numbers_of(text[]) IS 'Returns the numbers of labels in use, in ascending order; an id that is none is an error.';

CREATE FUNCTION mer.vector_of(track_id text, OUT track_no integer, OUT space_no integer, OUT vector real[])
LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_variable
BEGIN
  IF mer.why_no_vectors() IS NOT NULL THEN
    RAISE EXCEPTION 'no similar tracks: %', mer.why_no_vectors() USING ERRCODE = 'MER01';
  END IF;
  SELECT track.track_no INTO track_no FROM mer.track WHERE track.track_id = vector_of.track_id;
  IF track_no IS NULL THEN
    RAISE EXCEPTION 'track %: no run has had it, expected a track_id of mer.tracks', coalesce(quote_literal(track_id), 'null')
      USING ERRCODE = 'MER01';
  END IF;
  space_no := mer.current_space();
  IF to_regclass('mer.vector_' || space_no) IS NOT NULL THEN
    EXECUTE format('SELECT vector::real[] FROM mer.%I WHERE track_no = $1', 'vector_' || space_no) INTO vector USING track_no;
  END IF;
  IF vector IS NULL THEN
    RAISE EXCEPTION 'track %: it has no vector yet in %, expected a run with it that was published since', quote_literal(track_id),
      coalesce((SELECT format('space %s (%s)', space.space_no, name) FROM mer.space WHERE space.space_no = vector_of.space_no), 'any space')
      USING ERRCODE = 'MER01';
  END IF;
END
$$;
COMMENT ON FUNCTION mer.vector_of(text) IS 'Returns number, space and vector of a track. What is missing is an error of one line.';

CREATE FUNCTION mer.check_count(n integer, lowest integer, highest integer) RETURNS void
LANGUAGE plpgsql IMMUTABLE
AS $$
BEGIN
  IF n IS NULL OR n NOT BETWEEN lowest AND highest THEN
    RAISE EXCEPTION 'n=%: expected % to %', coalesce(n::text, 'null'), lowest, highest USING ERRCODE = 'MER01';
  END IF;
END
$$;
COMMENT ON FUNCTION mer.check_count(integer, integer, integer) IS 'Raises an error unless the number of tracks (first argument) lies between the other two.';

-- An index scan with conditions goes on until it has enough tracks or has seen 20,000 (hnsw.max_scan_tuples). If these are too few,
-- because hardly a track fulfils the conditions, all vectors are compared: adding 0 keeps the index out.
CREATE FUNCTION mer.nearest(
  space_no integer, vector real[], n integer, excluded integer[], genre text DEFAULT NULL, wanted smallint[] DEFAULT '{}',
  more smallint[] DEFAULT '{}', floors double precision[] DEFAULT '{}', less smallint[] DEFAULT '{}',
  ceilings double precision[] DEFAULT '{}', OUT track_nos integer[], OUT distances double precision[]
)
LANGUAGE plpgsql STABLE SET jit = off SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_variable
DECLARE
  distance text := format('(vectors.vector OPERATOR(%1$s.<=>) $1::%1$s.halfvec)', mer.vector_type());
  conditions text := concat_ws(
    ' AND ', 'listing.present', 'vectors.track_no <> ALL ($3)', CASE WHEN genre IS NOT NULL THEN 'listing.genre = $4' END,
    CASE WHEN wanted <> '{}' THEN 'listing.positives @> $5' END,
    (SELECT string_agg(format('listing.probabilities[%s] >= %s', number, floor), ' AND ') FROM unnest(more, floors) AS a (number, floor)),
    (SELECT string_agg(format('listing.probabilities[%s] <= %s', number, ceiling), ' AND ')
      FROM unnest(less, ceilings) AS b (number, ceiling))
  );
  order_by text;
BEGIN
  -- Not as settings of the function: only a superuser may store those of an extension that is not loaded.
  PERFORM set_config('hnsw.ef_search', '100', true), set_config('hnsw.iterative_scan', 'strict_order', true);
  FOREACH order_by IN ARRAY ARRAY[distance, distance || ' + 0'] LOOP
    EXECUTE format(
      'SELECT coalesce(array_agg(track_no ORDER BY distance, track_no), ''{}''), array_agg(distance ORDER BY distance, track_no) FROM ('
      'SELECT vectors.track_no, %1$s AS distance FROM mer.%2$I AS vectors JOIN mer.listing ON listing.track_no = vectors.track_no'
      ' WHERE %3$s ORDER BY %4$s LIMIT $2) AS found', distance, 'vector_' || space_no, conditions, order_by
    ) INTO track_nos, distances USING vector, n, excluded, genre, wanted;
    EXIT WHEN cardinality(track_nos) = n;
  END LOOP;
END
$$;
COMMENT ON FUNCTION mer.nearest(integer, real[], integer, integer[], text, smallint[], smallint[], double precision[], smallint[], double precision[])
IS 'Returns the tracks of the landing zone whose vectors are nearest to a vector, without the excluded ones: of a genre, with all wanted labels, and with probabilities that reach the floors of the labels in more and stay below the ceilings of those in less.';

CREATE FUNCTION mer.similar(track_id text, n integer DEFAULT 10, emotions text[] DEFAULT NULL, genre text DEFAULT NULL)
RETURNS SETOF mer.neighbour
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  own record := mer.vector_of(track_id);
  found record;
BEGIN
  PERFORM mer.check_count(n, 1, 1000);
  found := mer.nearest(own.space_no, own.vector, n, ARRAY[own.track_no], genre, mer.numbers_of(coalesce(emotions, '{}')));
  RETURN QUERY SELECT * FROM mer.named(found.track_nos, found.distances);
END
$$;
COMMENT ON FUNCTION mer.similar(text, integer, text[], text) IS 'Returns the n tracks of the landing zone that are most similar to a track, nearest first: all of them, or only those that have every one of the labels in emotions, or are of one genre. A copy of the track has the distance 0. Runs with the rights of the schema''s owner.';

CREATE FUNCTION mer.like(
  track_id text, more text[] DEFAULT '{}', less text[] DEFAULT '{}', n integer DEFAULT 10, genre text DEFAULT NULL,
  step double precision DEFAULT 0.25
)
RETURNS SETOF mer.neighbour
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  own record := mer.vector_of(track_id);
  more_nos smallint[] := mer.numbers_of(coalesce(more, '{}'));
  less_nos smallint[] := mer.numbers_of(coalesce(less, '{}'));
  known double precision[] := (SELECT probabilities FROM mer.listing WHERE listing.track_no = own.track_no);
  unknown text := (
    SELECT label_id FROM mer.label WHERE label_no = ANY (more_nos || less_nos) AND known[label_no] IS NULL ORDER BY label_no LIMIT 1
  );
  found record;
BEGIN
  PERFORM mer.check_count(n, 1, 1000);
  IF step IS NULL OR NOT (step > 0 AND step <= 1) THEN
    RAISE EXCEPTION 'step=%: expected more than 0 and at most 1', coalesce(step::text, 'null') USING ERRCODE = 'MER01';
  END IF;
  IF more_nos || less_nos = '{}' OR more_nos && less_nos THEN
    RAISE EXCEPTION 'more=%, less=%: expected at least one label, and none in both', coalesce(more, '{}'), coalesce(less, '{}')
      USING ERRCODE = 'MER01';
  END IF;
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'track %: no probability of % is served, expected one', quote_literal(track_id), unknown USING ERRCODE = 'MER01';
  END IF;
  found := mer.nearest(
    own.space_no, own.vector, n, ARRAY[own.track_no], genre,
    more => more_nos,
    floors => ARRAY(SELECT known[number] + step * (1 - known[number]) FROM unnest(more_nos) WITH ORDINALITY AS a (number, place) ORDER BY place),
    less => less_nos,
    ceilings => ARRAY(SELECT known[number] * (1 - step) FROM unnest(less_nos) WITH ORDINALITY AS b (number, place) ORDER BY place)
  );
  RETURN QUERY SELECT * FROM mer.named(found.track_nos, found.distances);
END
$$;
COMMENT ON FUNCTION mer.like(text, text[], text[], integer, text, double precision) IS 'Returns the n tracks of the landing zone that are most similar to a track but have more of some labels, or less: for each label in more, at least a quarter (step) of what the track''s probability lacks to 1 is there; for each label in less, at least a quarter of its probability is gone. Runs with the rights of the schema''s owner.';

CREATE FUNCTION mer.path(from_track text, to_track text, n integer DEFAULT 10) RETURNS SETOF mer.neighbour
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  first record := mer.vector_of(from_track);
  last record := mer.vector_of(to_track);
  chosen integer[] := '{}';
  share real;
  next record;
  steps double precision[];
BEGIN
  PERFORM mer.check_count(n, 2, 100);
  IF first.track_no = last.track_no THEN
    RAISE EXCEPTION 'track %: a path needs two tracks, expected another track as its end', quote_literal(from_track) USING ERRCODE = 'MER01';
  END IF;
  FOR place IN 1 .. n - 2 LOOP
    share := place::real / (n - 1);
    next := mer.nearest(
      first.space_no,
      ARRAY(
        SELECT ((1 - share) * a + share * b)::real FROM unnest(first.vector, last.vector) WITH ORDINALITY AS both_ends (a, b, number) ORDER BY number
      ),
      1, ARRAY[first.track_no, last.track_no] || chosen
    );
    chosen := chosen || next.track_nos;
  END LOOP;
  chosen := first.track_no || chosen || last.track_no;
  EXECUTE format(
    'SELECT array_agg(distance ORDER BY place) FROM ('
    'SELECT place, vector OPERATOR(%1$s.<=>) lag(vector) OVER (ORDER BY place) AS distance'
    ' FROM unnest($1) WITH ORDINALITY AS step (track_no, place) JOIN mer.%2$I USING (track_no)) AS step',
    mer.vector_type(), 'vector_' || first.space_no
  ) INTO steps USING chosen;
  RETURN QUERY SELECT * FROM mer.named(chosen, steps);
END
$$;
COMMENT ON FUNCTION mer.path(text, text, integer) IS 'Returns a path of n tracks from one track to another: both ends, and between them the tracks of the landing zone that are nearest to points of the line between the two vectors, each track once. It is shorter if there are too few tracks. Runs with the rights of the schema''s owner.';

REVOKE ALL ON FUNCTION
  mer.current_space(), mer.why_no_vectors(), mer.vector_type(), mer.make_vector_tables(), mer.drop_vector_index(integer),
  mer.build_vector_index(integer), mer.named(integer[], double precision[]), mer.numbers_of(text[]), mer.vector_of(text),
  mer.check_count(integer, integer, integer),
  mer.nearest(integer, real[], integer, integer[], text, smallint[], smallint[], double precision[], smallint[], double precision[]),
  mer.similar(text, integer, text[], text), mer.like(text, text[], text[], integer, text, double precision),
  mer.path(text, text, integer)
  FROM PUBLIC;
GRANT SELECT ON mer.spaces TO mer_reader, mer_writer;
GRANT EXECUTE ON FUNCTION
  mer.current_space(), mer.similar(text, integer, text[], text), mer.like(text, text[], text[], integer, text, double precision),
  mer.path(text, text, integer)
  TO mer_reader, mer_writer;
GRANT SELECT, INSERT ON mer.space TO mer_writer;
GRANT EXECUTE ON FUNCTION
  mer.why_no_vectors(), mer.make_vector_tables(), mer.drop_vector_index(integer), mer.build_vector_index(integer)
  TO mer_writer;
