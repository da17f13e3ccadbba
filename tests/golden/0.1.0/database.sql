--
-- PostgreSQL database dump
--


-- Dumped from database version 18.4
-- Dumped by pg_dump version 18.4

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: mer; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA mer;


--
-- Name: SCHEMA mer; Type: COMMENT; Schema: -; Owner: -
--

COMMENT ON SCHEMA mer IS 'Music emotion recognition: what runs published. Read its views.';


--
-- Name: part; Type: TYPE; Schema: mer; Owner: -
--

CREATE TYPE mer.part AS ENUM (
    'train',
    'validation',
    'test',
    'unlabelled'
);


--
-- Name: TYPE part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TYPE mer.part IS 'Use of a track: fit the model (train), choose thresholds and calibration (validation), compute the final metrics (test), or only score it (unlabelled).';


--
-- Name: correlated(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.correlated() RETURNS TABLE(one smallint, other smallint, correlation double precision)
    LANGUAGE plpgsql STABLE
    AS $_$
DECLARE
  numbers smallint[] := ARRAY(SELECT label_no FROM mer.label WHERE NOT retired ORDER BY label_no);
  columns text := (SELECT string_agg(format('probabilities[%1$s] AS p%1$s', n), ', ') FROM unnest(numbers) AS n);
  pairs record;
BEGIN
  IF cardinality(numbers) > 32 THEN
    RETURN;
  END IF;
  SELECT array_agg(a) AS ones, array_agg(b) AS others, string_agg(format('corr(p%s, p%s)', a, b), ', ') AS correlations INTO pairs
  FROM unnest(numbers) AS a JOIN unnest(numbers) AS b ON a < b;
  -- OFFSET 0 keeps the inner query apart, so that each probability is read from its array once and not once for each pair.
  RETURN QUERY EXECUTE format(
    'SELECT pair.* FROM (SELECT ARRAY[%s] AS correlations FROM (SELECT %s FROM mer.listing WHERE present OFFSET 0) AS track) AS all_pairs'
    ' CROSS JOIN LATERAL unnest($1, $2, correlations) AS pair', pairs.correlations, columns
  ) USING pairs.ones, pairs.others;
END
$_$;


--
-- Name: FUNCTION correlated(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.correlated() IS 'Computes the correlations of emotion_pair, in one pass over listing: one row per pair of labels in use, none if there are more than 32.';


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: annotation; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.annotation (
    run_no integer NOT NULL,
    track_no integer NOT NULL,
    votes integer NOT NULL,
    annotators integer NOT NULL,
    label_no smallint NOT NULL,
    label boolean NOT NULL,
    CONSTRAINT annotation_check CHECK (((annotators > 0) AND ((votes >= 0) AND (votes <= annotators))))
);


--
-- Name: TABLE annotation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.annotation IS 'Votes of the listeners in each run: one row per annotated track and label.';


--
-- Name: COLUMN annotation.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotation.run_no IS 'Run.';


--
-- Name: COLUMN annotation.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotation.track_no IS 'Track.';


--
-- Name: COLUMN annotation.votes; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotation.votes IS 'Number of listeners who chose the label.';


--
-- Name: COLUMN annotation.annotators; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotation.annotators IS 'Number of listeners who annotated the track.';


--
-- Name: COLUMN annotation.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotation.label_no IS 'Label.';


--
-- Name: COLUMN annotation.label; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotation.label IS 'Whether the track carries the label under the label rule of the run.';


--
-- Name: champion; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.champion (
    only_one boolean DEFAULT true NOT NULL,
    run_no integer NOT NULL,
    model_sha256 text NOT NULL,
    promotion_no integer NOT NULL,
    CONSTRAINT champion_only_one_check CHECK (only_one)
);


--
-- Name: TABLE champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.champion IS 'The model whose predictions are served: one row, or none before the first promotion.';


--
-- Name: COLUMN champion.only_one; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champion.only_one IS 'Always true: this key limits the table to one row.';


--
-- Name: COLUMN champion.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champion.run_no IS 'Training run of the champion.';


--
-- Name: COLUMN champion.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champion.model_sha256 IS 'sha256 of the champion''s model file, in hex, at the time of its promotion.';


--
-- Name: COLUMN champion.promotion_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champion.promotion_no IS 'Decision that made this model the champion.';


--
-- Name: label; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.label (
    label_no smallint NOT NULL,
    label_id text NOT NULL,
    name text NOT NULL,
    description text NOT NULL,
    colour text,
    valence double precision,
    arousal double precision,
    retired boolean NOT NULL,
    CONSTRAINT label_label_no_check CHECK ((label_no >= 1))
);


--
-- Name: TABLE label; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.label IS 'All labels that the database has adopted, one row each, with their texts in the current version of the label set.';


--
-- Name: COLUMN label.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.label_no IS 'Number of the label from 1, in the order of adoption; it never changes.';


--
-- Name: COLUMN label.label_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.label_id IS 'Id of the label, as in files and columns.';


--
-- Name: COLUMN label.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.name IS 'Name for people, in any language.';


--
-- Name: COLUMN label.description; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.description IS 'Meaning of the label; may be empty.';


--
-- Name: COLUMN label.colour; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.colour IS 'Colour in figures, such as #0072B2; null if the figures may choose.';


--
-- Name: COLUMN label.valence; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.valence IS 'Valence from -1 (unpleasant) to 1 (pleasant); null if unknown.';


--
-- Name: COLUMN label.arousal; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.arousal IS 'Arousal from -1 (calm) to 1 (excited); null if unknown.';


--
-- Name: COLUMN label.retired; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label.retired IS 'Whether the current version leaves the label out. Rows of earlier runs keep it.';


--
-- Name: prediction; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.prediction (
    run_no integer NOT NULL,
    track_no integer NOT NULL,
    probability double precision NOT NULL,
    part mer.part NOT NULL,
    label_no smallint NOT NULL,
    positive boolean NOT NULL,
    CONSTRAINT prediction_probability_check CHECK (((probability >= (0)::double precision) AND (probability <= (1)::double precision)))
);


--
-- Name: TABLE prediction; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.prediction IS 'Predictions of each run: one row for every track of its corpus and every label.';


--
-- Name: COLUMN prediction.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.prediction.run_no IS 'Run.';


--
-- Name: COLUMN prediction.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.prediction.track_no IS 'Track.';


--
-- Name: COLUMN prediction.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.prediction.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN prediction.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.prediction.part IS 'Part of the track in the run: train, validation, test or unlabelled. The model was fitted on train tracks, so their predictions say little about its quality.';


--
-- Name: COLUMN prediction.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.prediction.label_no IS 'Label.';


--
-- Name: COLUMN prediction.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.prediction.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: promotion; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.promotion (
    promotion_no integer NOT NULL,
    run_no integer NOT NULL,
    model_sha256 text NOT NULL,
    champion_run_no integer,
    outcome text NOT NULL,
    decided_at timestamp with time zone DEFAULT now() NOT NULL,
    decided_by text NOT NULL,
    rule text NOT NULL,
    reason text NOT NULL,
    metric text,
    challenger double precision,
    champion double precision,
    baseline double precision,
    difference double precision,
    low double precision,
    high double precision,
    tracks integer,
    groups integer,
    left_out integer,
    CONSTRAINT promotion_outcome_check CHECK ((outcome = ANY (ARRAY['promoted'::text, 'kept'::text, 'rolled_back'::text])))
);


--
-- Name: TABLE promotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.promotion IS 'Decisions on which model is the champion, one row each. A decision is never changed.';


--
-- Name: COLUMN promotion.promotion_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.promotion_no IS 'Number in the order of decisions.';


--
-- Name: COLUMN promotion.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.run_no IS 'Training run of the challenger; for a rollback, of the model that the rollback makes champion.';


--
-- Name: COLUMN promotion.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.model_sha256 IS 'sha256 of the challenger''s model file, in hex; for a rollback, of the model that becomes champion.';


--
-- Name: COLUMN promotion.champion_run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.champion_run_no IS 'Training run of the champion before the decision; null if there was none.';


--
-- Name: COLUMN promotion.outcome; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.outcome IS 'promoted: the challenger becomes champion. kept: the earlier champion stays, if there is one. rolled_back: a person makes an earlier model, or a model that was not promoted, the champion.';


--
-- Name: COLUMN promotion.decided_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.decided_at IS 'Time of the decision.';


--
-- Name: COLUMN promotion.decided_by; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.decided_by IS 'rule: the promotion rule decided. timeout: nobody answered in time. nobody: a person was asked but has not answered. Otherwise, the name of the person who decided.';


--
-- Name: COLUMN promotion.rule; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.rule IS 'Rule of the decision: better or significant, each possibly with approval by a person; or rollback.';


--
-- Name: COLUMN promotion.reason; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.reason IS 'Reason for the decision, in one line for people.';


--
-- Name: COLUMN promotion.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.metric IS 'Name of the metric that was compared on the test tracks; null for a rollback, which compares nothing.';


--
-- Name: COLUMN promotion.challenger; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.challenger IS 'Value of the metric for the challenger.';


--
-- Name: COLUMN promotion.champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.champion IS 'Value of the metric for the champion on the same tracks; null if the models were not compared.';


--
-- Name: COLUMN promotion.baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.baseline IS 'Value of the metric for the baseline: a model that only knows how common each label is.';


--
-- Name: COLUMN promotion.difference; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.difference IS 'Value of the challenger minus value of the champion.';


--
-- Name: COLUMN promotion.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.low IS 'Lower end of the 95 % interval of difference (paired bootstrap over groups of tracks).';


--
-- Name: COLUMN promotion.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.high IS 'Upper end of the 95 % interval of difference (paired bootstrap over groups of tracks).';


--
-- Name: COLUMN promotion.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.tracks IS 'Number of test tracks on which the models were compared.';


--
-- Name: COLUMN promotion.groups; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.groups IS 'Number of groups that these test tracks belong to.';


--
-- Name: COLUMN promotion.left_out; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotion.left_out IS 'Number of test tracks that were left out. Either the champion has seen the track or its group, or the track has no features by the champion''s configuration.';


--
-- Name: run; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.run (
    run_no integer NOT NULL,
    run_id text NOT NULL,
    mode text NOT NULL,
    try_number integer NOT NULL,
    published_at timestamp with time zone NOT NULL,
    code_version text NOT NULL,
    code_digest text,
    config jsonb NOT NULL,
    config_digest text NOT NULL,
    label_set_digest text NOT NULL,
    labels_digest text,
    artists_digest text,
    features_digest text,
    store_url text NOT NULL,
    landing_url text,
    listed_at timestamp with time zone,
    model_run_id text NOT NULL,
    model_key text NOT NULL,
    model_sha256 text NOT NULL,
    device text,
    tracks integer NOT NULL,
    rejected integer NOT NULL,
    CONSTRAINT run_mode_check CHECK ((mode = ANY (ARRAY['train'::text, 'eval'::text, 'predict'::text]))),
    CONSTRAINT run_try_number_check CHECK ((try_number >= 1))
);


--
-- Name: TABLE run; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.run IS 'Published runs, one row each. A run is never deleted: some tables that refer to it have no foreign key, so their rows would stay.';


--
-- Name: COLUMN run.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.run_no IS 'Number in the order of first publication; the greatest is the latest run.';


--
-- Name: COLUMN run.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.run_id IS 'Name of the run, as in Airflow and below runs/ in the object store.';


--
-- Name: COLUMN run.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';


--
-- Name: COLUMN run.try_number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.try_number IS 'Try of the task that published; an older try cannot replace it.';


--
-- Name: COLUMN run.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.published_at IS 'Time at which the rows of this run were written.';


--
-- Name: COLUMN run.code_version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.code_version IS 'Version of the platform that published the run.';


--
-- Name: COLUMN run.code_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.code_digest IS 'sha256 of the source files of the platform that published the run, in hex.';


--
-- Name: COLUMN run.config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.config IS 'Every parameter that influences the results.';


--
-- Name: COLUMN run.config_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.config_digest IS 'sha256 of config, in hex. Two runs with equal parameters have the same digest.';


--
-- Name: COLUMN run.label_set_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.label_set_digest IS 'Digest of the label set of the run: see label_set.';


--
-- Name: COLUMN run.labels_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.labels_digest IS 'sha256 of the annotated audio content and its votes, in hex. Two runs with the same training data have the same digest. Null for runs without labels.';


--
-- Name: COLUMN run.artists_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.artists_digest IS 'sha256 of the artists that metadata files name for the annotated tracks, in hex. A training is due when it changes. Null if they name none.';


--
-- Name: COLUMN run.features_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.features_digest IS 'Digest of everything except the audio that determines the features. The features of a file are stored as blobs/features/<digest>/<first two digits of sha256>/<sha256>.npy. Null for runs without tracks and for runs whose tracks have different digests.';


--
-- Name: COLUMN run.store_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.store_url IS 'Object store of the run''s outputs.';


--
-- Name: COLUMN run.landing_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.landing_url IS 'Landing zone that the run listed.';


--
-- Name: COLUMN run.listed_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.listed_at IS 'Time at which the run began to list the landing zone. Only the run with the latest time decides which tracks are gone.';


--
-- Name: COLUMN run.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.model_run_id IS 'Run that fitted the model. For a training run, this is its own run_id.';


--
-- Name: COLUMN run.model_key; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.model_key IS 'Key of the model in the object store.';


--
-- Name: COLUMN run.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.model_sha256 IS 'sha256 of the model file, in hex; the model is loaded only if its bytes match.';


--
-- Name: COLUMN run.device; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.device IS 'Device that the model ran on; null if the run does not name it.';


--
-- Name: COLUMN run.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';


--
-- Name: COLUMN run.rejected; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.run.rejected IS 'Number of rejected files: see rejected_audio.';


--
-- Name: serving; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.serving (
    track_no integer NOT NULL,
    run_no integer NOT NULL
);


--
-- Name: TABLE serving; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.serving IS 'Run whose prediction of a track is served: one row per track that a champion has scored.';


--
-- Name: COLUMN serving.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.serving.track_no IS 'Track.';


--
-- Name: COLUMN serving.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.serving.run_no IS 'Run that scored the track: the champion''s training run or a run of mode predict. If the present champion has not scored the track yet, the run belongs to an earlier champion.';


--
-- Name: split; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.split (
    run_no integer NOT NULL,
    track_no integer NOT NULL,
    part mer.part NOT NULL,
    group_id text NOT NULL,
    sha256 text NOT NULL
);


--
-- Name: TABLE split; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.split IS 'The corpus of each run: one row per track, with its part.';


--
-- Name: COLUMN split.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.split.run_no IS 'Run.';


--
-- Name: COLUMN split.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.split.track_no IS 'Track.';


--
-- Name: COLUMN split.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.split.part IS 'Part of the track in this run. In mode predict: part of its audio in the champion''s training run.';


--
-- Name: COLUMN split.group_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.split.group_id IS 'Group of the track; a group is never divided between parts. In mode predict, which divides nothing, this is the sha256 of the audio file.';


--
-- Name: COLUMN split.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.split.sha256 IS 'sha256 of the audio file in this run, in hex.';


--
-- Name: threshold; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.threshold (
    run_no integer NOT NULL,
    label_no smallint NOT NULL,
    threshold double precision,
    temperature double precision NOT NULL,
    logit_offset double precision NOT NULL,
    CONSTRAINT threshold_temperature_check CHECK ((temperature > (0)::double precision))
);


--
-- Name: TABLE threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.threshold IS 'Decision threshold and calibration of each run and label.';


--
-- Name: COLUMN threshold.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.threshold.run_no IS 'Run.';


--
-- Name: COLUMN threshold.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.threshold.label_no IS 'Label.';


--
-- Name: COLUMN threshold.threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.threshold.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single, where the most probable label is positive. It is chosen on the validation part.';


--
-- Name: COLUMN threshold.temperature; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.threshold.temperature IS 'Temperature of the calibration (Platt scaling): the logit of the model''s probability is divided by it. 1 changes nothing.';


--
-- Name: COLUMN threshold.logit_offset; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.threshold.logit_offset IS 'Offset of the calibration (Platt scaling): it is added to the logit after the division by the temperature. 0 changes nothing.';


--
-- Name: track; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.track (
    track_no integer NOT NULL,
    track_id text NOT NULL,
    genre text NOT NULL,
    key text NOT NULL,
    sha256 text NOT NULL,
    pcm_sha256 text NOT NULL,
    duration_seconds double precision NOT NULL,
    sample_rate integer NOT NULL,
    channels integer NOT NULL,
    decoder text,
    mixdown text,
    segments integer NOT NULL,
    last_run_no integer NOT NULL,
    gone_at timestamp with time zone,
    title text,
    artist text,
    album text,
    year integer,
    track_number integer,
    isrc text,
    metadata jsonb
);


--
-- Name: TABLE track; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.track IS 'Tracks, one row each, with their properties in the latest run that had the track. Results of each run are in the tables that have a column run_no.';


--
-- Name: COLUMN track.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.track_no IS 'Number of the track.';


--
-- Name: COLUMN track.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.track_id IS 'Name of the track: the name of its file without the extension.';


--
-- Name: COLUMN track.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.genre IS 'Genre of the track: the name of its folder in the landing zone.';


--
-- Name: COLUMN track.key; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.key IS 'Key of the audio file in the landing zone.';


--
-- Name: COLUMN track.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.sha256 IS 'sha256 of the audio file, in hex.';


--
-- Name: COLUMN track.pcm_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.pcm_sha256 IS 'sha256 of the decoded samples, in hex. Files with exactly the same decoded samples have the same value.';


--
-- Name: COLUMN track.duration_seconds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.duration_seconds IS 'Length of the audio in seconds.';


--
-- Name: COLUMN track.sample_rate; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.sample_rate IS 'Sampling rate of the file in the landing zone, in samples per second.';


--
-- Name: COLUMN track.channels; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.channels IS 'Number of channels of the file in the landing zone.';


--
-- Name: COLUMN track.decoder; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.decoder IS 'Library that decoded the file: libsndfile or ffmpeg.';


--
-- Name: COLUMN track.mixdown; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.mixdown IS 'How the channels became one: mean, or the channel that was taken alone, such as channel 1 of 2.';


--
-- Name: COLUMN track.segments; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.segments IS 'Number of segments into which the track is cut for the model.';


--
-- Name: COLUMN track.last_run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.last_run_no IS 'Latest run that had the track; the other columns of the row come from this run.';


--
-- Name: COLUMN track.gone_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.gone_at IS 'Time at which a run first found that the track is no longer in the landing zone; null while it is in the landing zone.';


--
-- Name: COLUMN track.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN track.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN track.album; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN track.year; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN track.track_number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.track_number IS 'Number of the track on its album, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN track.isrc; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.isrc IS 'International Standard Recording Code, from metadata files; null if they have none.';


--
-- Name: COLUMN track.metadata; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track.metadata IS 'Other columns of metadata files, by their names; null if there are none.';


--
-- Name: explanations; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.explanations AS
 SELECT track.track_id,
    track.genre,
    label.label_id AS emotion,
    (serving.run_no IS NOT NULL) AS is_served,
    prediction.probability,
    prediction.positive,
    COALESCE(own_rule.threshold, rule.threshold) AS threshold,
    COALESCE(own_rule.temperature, rule.temperature) AS temperature,
    COALESCE(own_rule.logit_offset, rule.logit_offset) AS logit_offset,
    scored.run_id AS scored_by,
    scored.mode,
    scored.published_at AS scored_at,
    scored.model_run_id,
    ((scored.store_url || '/'::text) || scored.model_key) AS model_uri,
    scored.model_sha256,
    COALESCE(((trained.run_no, trained.model_sha256) = ( SELECT promotion.run_no,
            promotion.model_sha256
           FROM mer.promotion
          WHERE ((promotion.outcome <> 'kept'::text) AND (promotion.decided_at <= scored.published_at))
          ORDER BY promotion.promotion_no DESC
         LIMIT 1)), false) AS champion_then,
    COALESCE(((trained.run_no, trained.model_sha256) = ( SELECT champion.run_no,
            champion.model_sha256
           FROM mer.champion)), false) AS champion_now,
    ( SELECT min(promotion.decided_at) AS min
           FROM mer.promotion
          WHERE ((promotion.outcome <> 'kept'::text) AND (promotion.run_no = trained.run_no) AND (promotion.model_sha256 = trained.model_sha256))) AS champion_since,
    COALESCE(taught.part, prediction.part) AS part,
    split.group_id,
    split.sha256 AS content_sha256,
    (((((((scored.store_url || '/blobs/features/'::text) || scored.features_digest) || '/'::text) || "left"(split.sha256, 2)) || '/'::text) || split.sha256) || '.npy'::text) AS features_uri,
    scored.features_digest,
    annotation.votes,
    annotation.annotators,
    annotation.label,
    scored.code_version,
    scored.code_digest,
    scored.config_digest,
    scored.config,
    trained.code_version AS model_code_version,
    trained.code_digest AS model_code_digest,
    trained.config_digest AS model_config_digest,
    trained.config AS model_config,
    scored.label_set_digest,
    track.gone_at,
    track.title,
    track.artist,
    prediction.label_no
   FROM ((((((((((mer.track
     JOIN mer.prediction USING (track_no))
     LEFT JOIN mer.label ON ((label.label_no = prediction.label_no)))
     JOIN mer.run scored ON ((scored.run_no = prediction.run_no)))
     JOIN mer.split ON (((split.run_no = prediction.run_no) AND (split.track_no = prediction.track_no))))
     LEFT JOIN mer.serving ON (((serving.track_no = prediction.track_no) AND (serving.run_no = prediction.run_no))))
     LEFT JOIN mer.run trained ON (((trained.run_id = scored.model_run_id) AND (trained.model_sha256 = scored.model_sha256))))
     LEFT JOIN mer.split taught ON (((taught.run_no = trained.run_no) AND (taught.track_no = prediction.track_no) AND (taught.sha256 = split.sha256))))
     LEFT JOIN mer.threshold own_rule ON (((own_rule.run_no = scored.run_no) AND (own_rule.label_no = prediction.label_no))))
     LEFT JOIN mer.threshold rule ON (((rule.run_no = trained.run_no) AND (rule.label_no = prediction.label_no))))
     LEFT JOIN mer.annotation ON (((annotation.run_no = trained.run_no) AND (annotation.track_no = prediction.track_no) AND (annotation.label_no = prediction.label_no))));


--
-- Name: VIEW explanations; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.explanations IS 'Origin of each prediction: one row for every track, run that scored it, and label. SELECT * FROM mer.explain(''track-id'') returns the rows of one track.';


--
-- Name: COLUMN explanations.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.track_id IS 'Track.';


--
-- Name: COLUMN explanations.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.genre IS 'Genre of the track.';


--
-- Name: COLUMN explanations.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.emotion IS 'Label.';


--
-- Name: COLUMN explanations.is_served; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.is_served IS 'Whether this prediction is the served prediction of the track.';


--
-- Name: COLUMN explanations.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN explanations.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: COLUMN explanations.threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single.';


--
-- Name: COLUMN explanations.temperature; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.temperature IS 'Temperature of the calibration (Platt scaling): the logit of the model''s probability is divided by it. 1 changes nothing.';


--
-- Name: COLUMN explanations.logit_offset; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.logit_offset IS 'Offset of the calibration (Platt scaling): it is added to the logit after the division by the temperature. 0 changes nothing.';


--
-- Name: COLUMN explanations.scored_by; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.scored_by IS 'Run that scored the track.';


--
-- Name: COLUMN explanations.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.mode IS 'Mode of the run that scored the track: train, eval or predict.';


--
-- Name: COLUMN explanations.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.scored_at IS 'Time at which the run that scored the track was published.';


--
-- Name: COLUMN explanations.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN explanations.model_uri; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_uri IS 'Address of the model file in the object store.';


--
-- Name: COLUMN explanations.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_sha256 IS 'sha256 of the model file, in hex.';


--
-- Name: COLUMN explanations.champion_then; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.champion_then IS 'Whether the model was the champion when the prediction was published. A training run is first published before the decision on its model, so the value is false then.';


--
-- Name: COLUMN explanations.champion_now; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.champion_now IS 'Whether the model is the present champion.';


--
-- Name: COLUMN explanations.champion_since; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.champion_since IS 'Time at which the model first became the champion; null if it never was the champion.';


--
-- Name: COLUMN explanations.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.part IS 'Part of the track in the run that fitted the model. The model was fitted on train tracks, so their predictions say little about its quality. The model has not seen unlabelled tracks.';


--
-- Name: COLUMN explanations.group_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.group_id IS 'Group of the track in the run that scored it; a group is never divided between parts.';


--
-- Name: COLUMN explanations.content_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.content_sha256 IS 'sha256 of the audio file that was scored, in hex.';


--
-- Name: COLUMN explanations.features_uri; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.features_uri IS 'Address of the features that were scored; null if features_digest is null.';


--
-- Name: COLUMN explanations.features_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.features_digest IS 'Digest of everything except the audio that determines the features. Null for runs without tracks and for runs whose tracks have different digests.';


--
-- Name: COLUMN explanations.votes; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.votes IS 'Number of listeners who chose the label, in the run that fitted the model; null if that run had no annotations of the track.';


--
-- Name: COLUMN explanations.annotators; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.annotators IS 'Number of listeners who annotated the track, in the run that fitted the model.';


--
-- Name: COLUMN explanations.label; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.label IS 'Whether the track carries the label under the label rule of the run that fitted the model.';


--
-- Name: COLUMN explanations.code_version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.code_version IS 'Version of the platform that scored the track.';


--
-- Name: COLUMN explanations.code_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.code_digest IS 'sha256 of the source files of the platform that scored the track, in hex.';


--
-- Name: COLUMN explanations.config_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.config_digest IS 'sha256 of config, in hex.';


--
-- Name: COLUMN explanations.config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.config IS 'Every parameter of the run that scored the track.';


--
-- Name: COLUMN explanations.model_code_version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_code_version IS 'Version of the platform that fitted the model.';


--
-- Name: COLUMN explanations.model_code_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_code_digest IS 'sha256 of the source files of the platform that fitted the model, in hex.';


--
-- Name: COLUMN explanations.model_config_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_config_digest IS 'sha256 of model_config, in hex.';


--
-- Name: COLUMN explanations.model_config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.model_config IS 'Every parameter of the run that fitted the model.';


--
-- Name: COLUMN explanations.label_set_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.label_set_digest IS 'Digest of the label set of the model and of the run that scored the track: see label_sets.';


--
-- Name: COLUMN explanations.gone_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.gone_at IS 'Time at which a run first found that the track is no longer in the landing zone; null while it is in the landing zone.';


--
-- Name: COLUMN explanations.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN explanations.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN explanations.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.explanations.label_no IS 'Number of the label: see labels.';


--
-- Name: explain(text); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.explain(track_id text) RETURNS SETOF mer.explanations
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT explanations.track_id,
     explanations.genre,
     explanations.emotion,
     explanations.is_served,
     explanations.probability,
     explanations.positive,
     explanations.threshold,
     explanations.temperature,
     explanations.logit_offset,
     explanations.scored_by,
     explanations.mode,
     explanations.scored_at,
     explanations.model_run_id,
     explanations.model_uri,
     explanations.model_sha256,
     explanations.champion_then,
     explanations.champion_now,
     explanations.champion_since,
     explanations.part,
     explanations.group_id,
     explanations.content_sha256,
     explanations.features_uri,
     explanations.features_digest,
     explanations.votes,
     explanations.annotators,
     explanations.label,
     explanations.code_version,
     explanations.code_digest,
     explanations.config_digest,
     explanations.config,
     explanations.model_code_version,
     explanations.model_code_digest,
     explanations.model_config_digest,
     explanations.model_config,
     explanations.label_set_digest,
     explanations.gone_at,
     explanations.title,
     explanations.artist,
     explanations.label_no
    FROM mer.explanations
   WHERE (explanations.track_id = explain.track_id)
   ORDER BY explanations.is_served DESC, explanations.scored_at DESC, explanations.scored_by, explanations.label_no;
END;


--
-- Name: FUNCTION explain(track_id text); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.explain(track_id text) IS 'Returns the rows of explanations for one track: the served prediction first, then by run, the latest run first. Returns no rows for a track that no run has scored.';


--
-- Name: label_indexes(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.label_indexes() RETURNS TABLE(name text, definition text, retired boolean)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 SELECT ('listing_label_'::text || label.label_no),
     format('((probabilities[%s]), track_no)'::text, label.label_no) AS format,
     label.retired
    FROM mer.label
 UNION ALL
  SELECT ('listing_genre_label_'::text || label.label_no),
     format('(genre, (probabilities[%s]), track_no)'::text, label.label_no) AS format,
     label.retired
    FROM mer.label;
END;


--
-- Name: FUNCTION label_indexes(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.label_indexes() IS 'Returns the two indexes of listing for each label: name, columns, and whether the label is retired and needs no index any more.';


--
-- Name: list_anew(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.list_anew() RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    AS $$
BEGIN
  DROP TABLE IF EXISTS mer.listing_next;
  CREATE TABLE mer.listing_next (LIKE mer.listing INCLUDING COMMENTS INCLUDING STORAGE);
  COMMENT ON TABLE mer.listing_next IS 'Next listing_rows; exists only within the transaction that makes it.';
  GRANT INSERT ON mer.listing_next TO mer_writer;
END
$$;


--
-- Name: FUNCTION list_anew(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.list_anew() IS 'Creates the table listing_next, without rows and indexes, which the publishing transaction then fills. Runs with the rights of the schema''s owner.';


--
-- Name: listed_anew(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.listed_anew() RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET maintenance_work_mem TO '256MB'
    SET lock_timeout TO '2s'
    AS $$
DECLARE
  columns text;
BEGIN
  REVOKE ALL ON mer.listing_next FROM mer_writer;
  ALTER TABLE mer.listing_next ADD PRIMARY KEY (track_no);
  FOR columns IN SELECT definition FROM mer.label_indexes() WHERE NOT retired LOOP
    EXECUTE 'CREATE INDEX ON mer.listing_next ' || columns;
  END LOOP;
  -- Readers of a page wait from here to the end of the transaction, some seconds for a million tracks, so the lock comes late.
  -- A reader in an open transaction keeps this statement waiting, so it gives up soon.
  BEGIN
    LOCK TABLE mer.listing IN ACCESS EXCLUSIVE MODE;
  EXCEPTION WHEN lock_not_available THEN
    DROP TABLE mer.listing_next;
    RETURN false;
  END;
  DROP TABLE IF EXISTS mer.listing_rows;
  ALTER TABLE mer.listing_next RENAME TO listing_rows;
  COMMENT ON TABLE mer.listing_rows IS 'The rows of listing.';
  ALTER TABLE mer.listing ATTACH PARTITION mer.listing_rows DEFAULT;
  ANALYZE mer.listing;
  RETURN true;
END
$$;


--
-- Name: FUNCTION listed_anew(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.listed_anew() IS 'Replaces listing_rows by listing_next, which must be filled. Returns false and drops listing_next if another transaction reads the listing for more than two seconds. Runs with the rights of the schema''s owner.';


--
-- Name: make_label_views(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.make_label_views() RETURNS void
    LANGUAGE plpgsql
    AS $_$
DECLARE
  ids text[] := ARRAY(SELECT CASE WHEN NOT retired THEN label_id END FROM mer.label ORDER BY label_no);
  columns text;
  branches text;
  label record;
  index record;
BEGIN
  SELECT string_agg(format('probabilities[%s] AS %I', label_no, label_id), ', ' ORDER BY label_no) INTO columns
  FROM mer.label
  WHERE NOT retired;
  -- Each window is partitioned by a constant, so that a condition on the label leaves out the branches of all other labels.
  SELECT string_agg(format($branch$
    SELECT
      track_no, run_no, genre, %1$s::smallint AS label_no, %2$L::text AS emotion, probabilities[%1$s] AS probability,
      %1$s::smallint = ANY (positives) AS positive, rank() OVER (PARTITION BY %2$L::text ORDER BY probabilities[%1$s] DESC) AS rank
    FROM mer.listing
    WHERE present AND probabilities[%1$s] IS NOT NULL
  $branch$, label_no, label_id), ' UNION ALL ' ORDER BY label_no) INTO branches
  FROM mer.label
  WHERE NOT retired;

  DROP VIEW IF EXISTS mer.track_emotions, mer.best_tracks;

  EXECUTE format($view$
    CREATE VIEW mer.track_emotions AS
    SELECT
      run_id, track_id, listing.genre,
      (SELECT part FROM mer.split WHERE split.run_no = listing.run_no AND split.track_no = listing.track_no) AS part,
      duration_seconds, %s, array_remove(ARRAY(SELECT (%L::text[])[n] FROM unnest(positives) AS n), NULL) AS positives,
      model_run_id, by_champion, present, scored_at, probabilities, positives AS reached, title, artist
    FROM mer.listing
    -- Outer joins, which Postgres leaves out of a query that does not use their columns.
    LEFT JOIN mer.track USING (track_no)
    LEFT JOIN mer.scoring USING (run_no)
  $view$, columns, ids);
  FOR label IN SELECT label_id, name, description FROM mer.label WHERE NOT retired LOOP
    EXECUTE format(
      'COMMENT ON COLUMN mer.track_emotions.%I IS %L', label.label_id,
      rtrim(format('Probability of %s. %s', label.name, label.description))
    );
  END LOOP;
  COMMENT ON VIEW mer.track_emotions IS 'Served predictions with all labels in use of a track in one row: see current_predictions.';
  COMMENT ON COLUMN mer.track_emotions.run_id IS 'Run that scored the track.';
  COMMENT ON COLUMN mer.track_emotions.track_id IS 'Track.';
  COMMENT ON COLUMN mer.track_emotions.genre IS 'Genre of the track.';
  COMMENT ON COLUMN mer.track_emotions.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';
  COMMENT ON COLUMN mer.track_emotions.duration_seconds IS 'Length of the audio in seconds.';
  COMMENT ON COLUMN mer.track_emotions.positives IS 'Ids of the labels in use that the track has by the model''s decision, in the order of label_no.';
  COMMENT ON COLUMN mer.track_emotions.model_run_id IS 'Run that fitted the model.';
  COMMENT ON COLUMN mer.track_emotions.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
  COMMENT ON COLUMN mer.track_emotions.present IS 'Whether the track is still in the landing zone; if it is not, see tracks.gone_at.';
  COMMENT ON COLUMN mer.track_emotions.scored_at IS 'Time at which the prediction was published.';
  COMMENT ON COLUMN mer.track_emotions.probabilities IS 'Calibrated probability of each label, at the position of its label_no, for queries that choose the label: see the query tracks_between_emotions. Null for labels that the model does not know.';
  COMMENT ON COLUMN mer.track_emotions.reached IS 'Numbers of the labels that the track has by the model''s decision, retired labels included. It is faster to compare than positives.';
  COMMENT ON COLUMN mer.track_emotions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
  COMMENT ON COLUMN mer.track_emotions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';

  EXECUTE format($view$
    CREATE VIEW mer.best_tracks AS
    SELECT
      run_id, emotion, rank, track_id, ranked.genre,
      (SELECT part FROM mer.split WHERE split.run_no = ranked.run_no AND split.track_no = ranked.track_no) AS part,
      probability, positive, model_run_id, by_champion, scored_at, title, artist, label_no
    FROM (%s) AS ranked
    LEFT JOIN mer.track USING (track_no)
    LEFT JOIN mer.scoring USING (run_no)
  $view$, branches);
  COMMENT ON VIEW mer.best_tracks IS 'Tracks of the landing zone, ranked for each label by the probability of the served predictions: see current_predictions.';
  COMMENT ON COLUMN mer.best_tracks.run_id IS 'Run that scored the track.';
  COMMENT ON COLUMN mer.best_tracks.emotion IS 'Label.';
  COMMENT ON COLUMN mer.best_tracks.rank IS 'Rank among the tracks that are in the landing zone and have a prediction. Equal probabilities have the same rank. ORDER BY probability DESC, track_id returns the tracks in this order and is the fastest way to the first ranks.';
  COMMENT ON COLUMN mer.best_tracks.track_id IS 'Track.';
  COMMENT ON COLUMN mer.best_tracks.genre IS 'Genre of the track.';
  COMMENT ON COLUMN mer.best_tracks.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';
  COMMENT ON COLUMN mer.best_tracks.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';
  COMMENT ON COLUMN mer.best_tracks.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';
  COMMENT ON COLUMN mer.best_tracks.model_run_id IS 'Run that fitted the model.';
  COMMENT ON COLUMN mer.best_tracks.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';
  COMMENT ON COLUMN mer.best_tracks.scored_at IS 'Time at which the prediction was published.';
  COMMENT ON COLUMN mer.best_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';
  COMMENT ON COLUMN mer.best_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';
  COMMENT ON COLUMN mer.best_tracks.label_no IS 'Number of the label: see labels.';

  GRANT SELECT ON mer.track_emotions, mer.best_tracks TO mer_reader, mer_writer;

  FOR index IN SELECT * FROM mer.label_indexes() LOOP
    IF index.retired THEN
      EXECUTE format('DROP INDEX IF EXISTS mer.%I', index.name);
    ELSE
      EXECUTE format('CREATE INDEX IF NOT EXISTS %I ON mer.listing %s', index.name, index.definition);
    END IF;
  END LOOP;
END
$_$;


--
-- Name: FUNCTION make_label_views(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.make_label_views() IS 'Makes the views track_emotions and best_tracks and the indexes of listing again, for the labels in use.';


--
-- Name: label_set; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.label_set (
    label_set_no integer NOT NULL,
    name text NOT NULL,
    version integer NOT NULL,
    kind text NOT NULL,
    digest text NOT NULL,
    label_nos smallint[] NOT NULL,
    document jsonb NOT NULL,
    adopted_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT label_set_kind_check CHECK ((kind = ANY (ARRAY['multi'::text, 'single'::text])))
);


--
-- Name: TABLE label_set; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.label_set IS 'Versions of the label set that this database has adopted, one row each. All versions have the same name and kind.';


--
-- Name: COLUMN label_set.label_set_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.label_set_no IS 'Number in the order of adoption; the largest number is the current version.';


--
-- Name: COLUMN label_set.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.name IS 'Name of the label set.';


--
-- Name: COLUMN label_set.version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.version IS 'Version in the file of the label set.';


--
-- Name: COLUMN label_set.kind; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.kind IS 'multi: a track has each label or not. single: a track has exactly one label.';


--
-- Name: COLUMN label_set.digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.digest IS 'sha256 of the name, the kind and the labels in use with their order, in hex. Versions that differ only in texts have the same digest.';


--
-- Name: COLUMN label_set.label_nos; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.label_nos IS 'Numbers of the labels in use, in the order of the file.';


--
-- Name: COLUMN label_set.document; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.document IS 'The label set as JSON.';


--
-- Name: COLUMN label_set.adopted_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_set.adopted_at IS 'Time at which the database adopted the version.';


--
-- Name: listing; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.listing (
    track_no integer NOT NULL,
    run_no integer NOT NULL,
    genre text NOT NULL,
    present boolean NOT NULL,
    probabilities double precision[] NOT NULL,
    positives smallint[] NOT NULL
)
PARTITION BY RANGE (track_no);
ALTER TABLE ONLY mer.listing ALTER COLUMN probabilities SET STORAGE PLAIN;


--
-- Name: TABLE listing; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.listing IS 'Served predictions with all probabilities of a track in one row; updated in the transaction that changes the served predictions. The rows are stored in listing_rows, which is replaced when many rows change. After that, a REPEATABLE READ transaction that began earlier finds no rows.';


--
-- Name: COLUMN listing.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing.track_no IS 'Track.';


--
-- Name: COLUMN listing.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing.run_no IS 'Run that scored the track.';


--
-- Name: COLUMN listing.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing.genre IS 'Genre of the track, repeated here for the indexes.';


--
-- Name: COLUMN listing.present; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing.present IS 'Whether the track is in the landing zone, repeated here for the indexes.';


--
-- Name: COLUMN listing.probabilities; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing.probabilities IS 'Calibrated probability of each label, at the position of its label_no; null for labels that the model does not know.';


--
-- Name: COLUMN listing.positives; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing.positives IS 'Numbers of the labels that the track has by the model''s decision, in ascending order.';


--
-- Name: paired(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.paired() RETURNS TABLE(one smallint, other smallint, tracks integer, tracks_with_one integer, tracks_with_other integer, tracks_with_both integer, correlation double precision)
    LANGUAGE sql STABLE
    BEGIN ATOMIC
 WITH decided AS MATERIALIZED (
          SELECT known.label_nos,
             counted.positives,
             (sum(counted.tracks))::integer AS tracks
            FROM ((( SELECT listing.run_no,
                     listing.positives,
                     count(*) AS tracks
                    FROM mer.listing
                   WHERE listing.present
                   GROUP BY listing.run_no, listing.positives) counted
              JOIN mer.run USING (run_no))
              JOIN ( SELECT DISTINCT label_set.digest,
                     label_set.label_nos
                    FROM mer.label_set
                   WHERE (label_set.kind = 'multi'::text)) known ON ((known.digest = run.label_set_digest)))
           GROUP BY known.label_nos, counted.positives
         ), scored AS MATERIALIZED (
          SELECT decided.label_nos,
             sum(decided.tracks) AS tracks
            FROM decided
           GROUP BY decided.label_nos
         ), having_one AS MATERIALIZED (
          SELECT decided.label_nos,
             label_no.label_no,
             sum(decided.tracks) AS tracks
            FROM (decided
              CROSS JOIN LATERAL unnest(decided.positives) label_no(label_no))
           GROUP BY decided.label_nos, label_no.label_no
         ), having_both AS MATERIALIZED (
          SELECT one.one,
             other.other,
             sum(decided.tracks) AS tracks
            FROM ((decided
              CROSS JOIN LATERAL unnest(decided.positives) one(one))
              JOIN LATERAL unnest(decided.positives) other(other) ON ((one.one < other.other)))
           GROUP BY one.one, other.other
         ), pair AS MATERIALIZED (
          SELECT first.label_no AS one,
             second.label_no AS other
            FROM (mer.label first
              JOIN mer.label second ON ((first.label_no < second.label_no)))
           WHERE ((NOT (first.retired OR second.retired)) AND (EXISTS ( SELECT
                    FROM decided)))
         )
  SELECT pair.one,
     pair.other,
     (COALESCE(( SELECT sum(scored.tracks) AS sum
            FROM scored
           WHERE (ARRAY[pair.one, pair.other] <@ scored.label_nos)), (0)::numeric))::integer AS "coalesce",
     (COALESCE(( SELECT sum(having_one.tracks) AS sum
            FROM having_one
           WHERE ((having_one.label_no = pair.one) AND (pair.other = ANY (having_one.label_nos)))), (0)::numeric))::integer AS "coalesce",
     (COALESCE(( SELECT sum(having_one.tracks) AS sum
            FROM having_one
           WHERE ((having_one.label_no = pair.other) AND (pair.one = ANY (having_one.label_nos)))), (0)::numeric))::integer AS "coalesce",
     (COALESCE(having_both.tracks, (0)::bigint))::integer AS "coalesce",
     correlated.correlation
    FROM ((pair
      LEFT JOIN having_both USING (one, other))
      LEFT JOIN mer.correlated() correlated(one, other, correlation) USING (one, other));
END;


--
-- Name: FUNCTION paired(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.paired() IS 'Computes the rows that emotion_pair must have.';


--
-- Name: placed(integer, double precision[]); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.placed(run_no integer, probabilities double precision[]) RETURNS double precision[]
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT array_agg(known.probability ORDER BY place.place) AS array_agg
    FROM (generate_series(1, (( SELECT max(label.label_no) AS max
            FROM mer.label))::integer) place(place)
      LEFT JOIN ( SELECT number.number,
             (placed.probabilities)[row_number() OVER (ORDER BY number.number)] AS probability
            FROM unnest(( SELECT label_set.label_nos
                    FROM (mer.run
                      JOIN mer.label_set ON ((label_set.digest = run.label_set_digest)))
                   WHERE (run.run_no = placed.run_no)
                   ORDER BY label_set.label_set_no
                  LIMIT 1)) number(number)) known ON ((known.number = place.place)));
END;


--
-- Name: FUNCTION placed(run_no integer, probabilities double precision[]); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.placed(run_no integer, probabilities double precision[]) IS 'Moves the probabilities of a run (first argument), which are sorted by label_no, to the positions of their label_no; null for labels that the run does not know.';


--
-- Name: scores(integer, integer); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.scores(run_no integer, track_no integer) RETURNS TABLE(probabilities double precision[], positives smallint[])
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT
         CASE
             WHEN (max(sorted.label_no) = count(*)) THEN array_agg(sorted.probability)
             ELSE mer.placed(scores.run_no, array_agg(sorted.probability))
         END AS placed,
     COALESCE(array_agg(sorted.label_no) FILTER (WHERE sorted.positive), '{}'::smallint[]) AS "coalesce"
    FROM ( SELECT prediction.label_no,
             prediction.probability,
             prediction.positive
            FROM mer.prediction
           WHERE ((prediction.run_no = scores.run_no) AND (prediction.track_no = scores.track_no))
           ORDER BY prediction.label_no) sorted;
END;


--
-- Name: FUNCTION scores(run_no integer, track_no integer); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.scores(run_no integer, track_no integer) IS 'Returns the predictions of a run (first argument) for a track (second argument) in one row, as in listing.';


--
-- Name: searched_name(text, text, text); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.searched_name(track_id text, title text, artist text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT lower(NORMALIZE(concat_ws('
'::text, track_id, title, artist))) AS lower;
END;


--
-- Name: FUNCTION searched_name(track_id text, title text, artist text); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.searched_name(track_id text, title text, artist text) IS 'Returns the text in which a track is searched: its id, title and artist in lower case and composed form (NFC), a line each.';


--
-- Name: trigrams(text); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.trigrams(name text) RETURNS text[]
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    BEGIN ATOMIC
 SELECT ARRAY( SELECT substr(trigrams.name, place.place, 3) AS substr
            FROM generate_series(1, (length(trigrams.name) - 2)) place(place)) AS "array";
END;


--
-- Name: FUNCTION trigrams(name text); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.trigrams(name text) IS 'Returns all substrings of three characters. If a name contains a text, the trigrams of the name contain those of the text.';


--
-- Name: scoring; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.scoring AS
 SELECT scored.run_no,
    scored.run_id,
    scored.model_run_id,
    scored.published_at AS scored_at,
    (champion.run_no IS NOT NULL) AS by_champion
   FROM (mer.run scored
     LEFT JOIN (mer.champion
     JOIN mer.run fitted USING (run_no)) ON (((fitted.run_id = scored.model_run_id) AND (champion.model_sha256 = scored.model_sha256))));


--
-- Name: VIEW scoring; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.scoring IS 'Model that each run used to score tracks. Other views use this view.';


--
-- Name: COLUMN scoring.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.scoring.run_no IS 'Run that scored tracks.';


--
-- Name: COLUMN scoring.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.scoring.run_id IS 'Name of the run that scored tracks.';


--
-- Name: COLUMN scoring.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.scoring.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN scoring.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.scoring.scored_at IS 'When the predictions were published.';


--
-- Name: COLUMN scoring.by_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.scoring.by_champion IS 'Whether the model is the present champion.';


--
-- Name: unscored(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.unscored() RETURNS SETOF integer
    LANGUAGE sql STABLE PARALLEL SAFE
    BEGIN ATOMIC
 SELECT track.track_no
    FROM mer.track
   WHERE ((track.gone_at IS NULL) AND (EXISTS ( SELECT
            FROM mer.champion)) AND (NOT (EXISTS ( SELECT
            FROM ((mer.serving
              JOIN mer.scoring USING (run_no))
              JOIN mer.split USING (run_no, track_no))
           WHERE ((serving.track_no = track.track_no) AND scoring.by_champion AND (split.sha256 = track.sha256))))))
   ORDER BY track.track_no;
END;


--
-- Name: FUNCTION unscored(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.unscored() IS 'Computes the rows that waiting must have: the tracks of the landing zone whose present audio the champion has not scored yet.';


--
-- Name: agreement; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.agreement (
    run_no integer NOT NULL,
    metric text NOT NULL,
    label_no smallint,
    tracks integer NOT NULL,
    split_half double precision,
    split_half_low double precision,
    split_half_high double precision,
    panel double precision,
    panel_low double precision,
    panel_high double precision,
    CONSTRAINT agreement_check CHECK ((split_half_low <= split_half_high)),
    CONSTRAINT agreement_check1 CHECK ((panel_low <= panel_high))
);


--
-- Name: TABLE agreement; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.agreement IS 'How well the listeners of a run predict each other''s labels, on all its annotated tracks. This is about the best that a model can reach on them. For the test tracks alone, see metric.';


--
-- Name: COLUMN agreement.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.run_no IS 'Run.';


--
-- Name: COLUMN agreement.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.metric IS 'Name of the metric, as in table metric.';


--
-- Name: COLUMN agreement.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.label_no IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN agreement.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.tracks IS 'Number of annotated tracks with two or more listeners.';


--
-- Name: COLUMN agreement.split_half; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings.';


--
-- Name: COLUMN agreement.split_half_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreement.split_half_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreement.panel; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings.';


--
-- Name: COLUMN agreement.panel_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreement.panel_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreement.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: agreements; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.agreements AS
 SELECT run.run_id,
    agreement.metric,
    label.label_id AS emotion,
    agreement.tracks,
    agreement.split_half,
    agreement.split_half_low,
    agreement.split_half_high,
    agreement.panel,
    agreement.panel_low,
    agreement.panel_high,
    agreement.label_no
   FROM ((mer.agreement
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW agreements; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.agreements IS 'How well the listeners of each run predict each other''s labels, on all its annotated tracks: one row per run, metric and label.';


--
-- Name: COLUMN agreements.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.run_id IS 'Name of the run.';


--
-- Name: COLUMN agreements.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.metric IS 'Name of the metric, as in view metrics.';


--
-- Name: COLUMN agreements.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.emotion IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN agreements.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.tracks IS 'Number of annotated tracks with two or more listeners.';


--
-- Name: COLUMN agreements.split_half; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings.';


--
-- Name: COLUMN agreements.split_half_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreements.split_half_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreements.panel; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings.';


--
-- Name: COLUMN agreements.panel_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreements.panel_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN agreements.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.agreements.label_no IS 'Number of the label: see labels.';


--
-- Name: annotations; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.annotations AS
 SELECT run.run_id,
    track.track_id,
    track.genre,
    label.label_id AS emotion,
    annotation.votes,
    annotation.annotators,
    ((annotation.votes)::double precision / (annotation.annotators)::double precision) AS share,
    annotation.label,
    split.part AS in_part,
    annotation.label_no
   FROM ((((mer.annotation
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.label USING (label_no))
     LEFT JOIN mer.track USING (track_no))
     LEFT JOIN mer.split USING (run_no, track_no));


--
-- Name: VIEW annotations; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.annotations IS 'Votes of the listeners: one row per run, annotated track and label.';


--
-- Name: COLUMN annotations.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.run_id IS 'Name of the run.';


--
-- Name: COLUMN annotations.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.track_id IS 'Track.';


--
-- Name: COLUMN annotations.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.genre IS 'Genre of the track.';


--
-- Name: COLUMN annotations.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.emotion IS 'Label.';


--
-- Name: COLUMN annotations.votes; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.votes IS 'Number of listeners who chose the label.';


--
-- Name: COLUMN annotations.annotators; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.annotators IS 'Number of listeners who annotated the track.';


--
-- Name: COLUMN annotations.share; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.share IS 'Fraction of the listeners who chose the label: votes / annotators.';


--
-- Name: COLUMN annotations.label; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.label IS 'Whether the track carries the label under the label rule of the run.';


--
-- Name: COLUMN annotations.in_part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.in_part IS 'Part of the track in the run: train, validation, test or unlabelled.';


--
-- Name: COLUMN annotations.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.annotations.label_no IS 'Number of the label: see labels.';


--
-- Name: best_tracks; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.best_tracks AS
 SELECT scoring.run_id,
    ranked.emotion,
    ranked.rank,
    track.track_id,
    ranked.genre,
    ( SELECT split.part
           FROM mer.split
          WHERE ((split.run_no = ranked.run_no) AND (split.track_no = ranked.track_no))) AS part,
    ranked.probability,
    ranked.positive,
    scoring.model_run_id,
    scoring.by_champion,
    scoring.scored_at,
    track.title,
    track.artist,
    ranked.label_no
   FROM ((( SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (1)::smallint AS label_no,
            'amazement'::text AS emotion,
            listing.probabilities[1] AS probability,
            ((1)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'amazement'::text ORDER BY listing.probabilities[1] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[1] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (2)::smallint AS label_no,
            'solemnity'::text AS emotion,
            listing.probabilities[2] AS probability,
            ((2)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'solemnity'::text ORDER BY listing.probabilities[2] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[2] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (3)::smallint AS label_no,
            'tenderness'::text AS emotion,
            listing.probabilities[3] AS probability,
            ((3)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'tenderness'::text ORDER BY listing.probabilities[3] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[3] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (4)::smallint AS label_no,
            'nostalgia'::text AS emotion,
            listing.probabilities[4] AS probability,
            ((4)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'nostalgia'::text ORDER BY listing.probabilities[4] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[4] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (5)::smallint AS label_no,
            'calmness'::text AS emotion,
            listing.probabilities[5] AS probability,
            ((5)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'calmness'::text ORDER BY listing.probabilities[5] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[5] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (6)::smallint AS label_no,
            'power'::text AS emotion,
            listing.probabilities[6] AS probability,
            ((6)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'power'::text ORDER BY listing.probabilities[6] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[6] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (7)::smallint AS label_no,
            'joyful_activation'::text AS emotion,
            listing.probabilities[7] AS probability,
            ((7)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'joyful_activation'::text ORDER BY listing.probabilities[7] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[7] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (8)::smallint AS label_no,
            'tension'::text AS emotion,
            listing.probabilities[8] AS probability,
            ((8)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'tension'::text ORDER BY listing.probabilities[8] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[8] IS NOT NULL))
        UNION ALL
         SELECT listing.track_no,
            listing.run_no,
            listing.genre,
            (9)::smallint AS label_no,
            'sadness'::text AS emotion,
            listing.probabilities[9] AS probability,
            ((9)::smallint = ANY (listing.positives)) AS positive,
            rank() OVER (PARTITION BY 'sadness'::text ORDER BY listing.probabilities[9] DESC) AS rank
           FROM mer.listing
          WHERE (listing.present AND (listing.probabilities[9] IS NOT NULL))) ranked
     LEFT JOIN mer.track USING (track_no))
     LEFT JOIN mer.scoring USING (run_no));


--
-- Name: VIEW best_tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.best_tracks IS 'Tracks of the landing zone, ranked for each label by the probability of the served predictions: see current_predictions.';


--
-- Name: COLUMN best_tracks.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.run_id IS 'Run that scored the track.';


--
-- Name: COLUMN best_tracks.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.emotion IS 'Label.';


--
-- Name: COLUMN best_tracks.rank; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.rank IS 'Rank among the tracks that are in the landing zone and have a prediction. Equal probabilities have the same rank. ORDER BY probability DESC, track_id returns the tracks in this order and is the fastest way to the first ranks.';


--
-- Name: COLUMN best_tracks.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.track_id IS 'Track.';


--
-- Name: COLUMN best_tracks.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.genre IS 'Genre of the track.';


--
-- Name: COLUMN best_tracks.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';


--
-- Name: COLUMN best_tracks.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN best_tracks.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: COLUMN best_tracks.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN best_tracks.by_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';


--
-- Name: COLUMN best_tracks.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.scored_at IS 'Time at which the prediction was published.';


--
-- Name: COLUMN best_tracks.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN best_tracks.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN best_tracks.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.best_tracks.label_no IS 'Number of the label: see labels.';


--
-- Name: canary; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.canary (
    run_no integer NOT NULL,
    permutation integer NOT NULL,
    level text NOT NULL,
    metric text NOT NULL,
    label_no smallint,
    value double precision NOT NULL,
    low double precision NOT NULL,
    high double precision NOT NULL,
    inside boolean NOT NULL,
    CONSTRAINT canary_permutation_check CHECK ((permutation >= 1))
);


--
-- Name: TABLE canary; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.canary IS 'Test metrics of models that were trained on permuted labels, with their intervals under chance. Runs without a canary have no rows.';


--
-- Name: COLUMN canary.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.run_no IS 'Run.';


--
-- Name: COLUMN canary.permutation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.permutation IS 'Number of the permutation, from 1.';


--
-- Name: COLUMN canary.level; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';


--
-- Name: COLUMN canary.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';


--
-- Name: COLUMN canary.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.label_no IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN canary.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.value IS 'Value of the metric on the test part, by the permuted labels.';


--
-- Name: COLUMN canary.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.low IS 'Lower end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';


--
-- Name: COLUMN canary.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.high IS 'Upper end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';


--
-- Name: COLUMN canary.inside; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canary.inside IS 'Whether the value is within the interval from low to high. A run with a value outside its interval is not published.';


--
-- Name: canaries; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.canaries AS
 SELECT run.run_id,
    canary.permutation,
    canary.level,
    canary.metric,
    label.label_id AS emotion,
    canary.value,
    canary.low,
    canary.high,
    canary.inside,
    canary.label_no
   FROM ((mer.canary
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW canaries; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.canaries IS 'Test metrics of models that were trained on permuted labels, from which nothing can be learnt: one row per run, permutation, level, metric and label.';


--
-- Name: COLUMN canaries.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.run_id IS 'Name of the run.';


--
-- Name: COLUMN canaries.permutation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.permutation IS 'Number of the permutation, from 1.';


--
-- Name: COLUMN canaries.level; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';


--
-- Name: COLUMN canaries.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';


--
-- Name: COLUMN canaries.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.emotion IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN canaries.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.value IS 'Value of the metric on the test part, by the permuted labels.';


--
-- Name: COLUMN canaries.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.low IS 'Lower end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';


--
-- Name: COLUMN canaries.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.high IS 'Upper end of the interval of the metric under chance. If nothing was learnt, the risk is 1 % that any metric of any permutation of the run is outside its interval.';


--
-- Name: COLUMN canaries.inside; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.inside IS 'Whether the value is within the interval from low to high. A run with a value outside its interval is not published.';


--
-- Name: COLUMN canaries.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.canaries.label_no IS 'Number of the label: see labels.';


--
-- Name: champions; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.champions AS
 SELECT run.run_id AS model_run_id,
    promotion.decided_at AS since,
    lead(promotion.decided_at) OVER (ORDER BY promotion.promotion_no) AS until,
    (promotion.promotion_no = ( SELECT champion.promotion_no
           FROM mer.champion)) AS is_current,
    promotion.promotion_no,
    promotion.outcome,
    promotion.decided_by,
    ((run.store_url || '/'::text) || run.model_key) AS model_uri,
    promotion.model_sha256,
    run.label_set_digest
   FROM (mer.promotion
     JOIN mer.run USING (run_no))
  WHERE (promotion.outcome <> 'kept'::text);


--
-- Name: VIEW champions; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.champions IS 'Periods in which a model was the champion: one row per period.';


--
-- Name: COLUMN champions.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN champions.since; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.since IS 'Time at which this model became the champion.';


--
-- Name: COLUMN champions.until; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.until IS 'Time at which the next decision for a champion ended this period; null for the present champion.';


--
-- Name: COLUMN champions.is_current; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.is_current IS 'Whether this is the period of the present champion.';


--
-- Name: COLUMN champions.promotion_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.promotion_no IS 'Decision that made this model the champion: see promotions.';


--
-- Name: COLUMN champions.outcome; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.outcome IS 'promoted, or rolled_back: see promotions.';


--
-- Name: COLUMN champions.decided_by; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.decided_by IS 'rule: the promotion rule decided. timeout: nobody answered in time. nobody: a person was asked but has not answered. Otherwise, the name of the person who decided.';


--
-- Name: COLUMN champions.model_uri; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.model_uri IS 'Address of the model file in the object store.';


--
-- Name: COLUMN champions.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.model_sha256 IS 'sha256 of the model file as it was promoted, in hex.';


--
-- Name: COLUMN champions.label_set_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.champions.label_set_digest IS 'Digest of the label set that the model was fitted for: see label_sets.';


--
-- Name: comparison; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.comparison (
    run_no integer NOT NULL,
    balance text NOT NULL,
    metric text NOT NULL,
    label_no smallint,
    value double precision,
    low double precision,
    high double precision,
    difference double precision,
    difference_low double precision,
    difference_high double precision,
    CONSTRAINT comparison_check CHECK ((low <= high)),
    CONSTRAINT comparison_check1 CHECK ((difference_low <= difference_high))
);


--
-- Name: TABLE comparison; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.comparison IS 'Metrics of each way of balancing the train part, on the validation part of a run. Runs without compare_balance have no rows.';


--
-- Name: COLUMN comparison.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.run_no IS 'Run.';


--
-- Name: COLUMN comparison.balance; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.balance IS 'Way of balancing: a value of the parameter balance.';


--
-- Name: COLUMN comparison.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.metric IS 'Name of the metric, as in table metric; computed on tracks.';


--
-- Name: COLUMN comparison.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.label_no IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN comparison.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.value IS 'Value of the metric on the validation part, on which thresholds and calibration are chosen too; null where the metric is not defined.';


--
-- Name: COLUMN comparison.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN comparison.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN comparison.difference; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.difference IS 'Value of this way minus the value of the run''s own way; null for the run''s own way.';


--
-- Name: COLUMN comparison.difference_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both ways are evaluated on the same resamples.';


--
-- Name: COLUMN comparison.difference_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparison.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';


--
-- Name: comparisons; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.comparisons AS
 SELECT run.run_id,
    comparison.balance,
    comparison.metric,
    label.label_id AS emotion,
    comparison.value,
    comparison.low,
    comparison.high,
    comparison.difference,
    comparison.difference_low,
    comparison.difference_high,
    comparison.label_no
   FROM ((mer.comparison
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW comparisons; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.comparisons IS 'Metrics of each way of balancing the train part, on the validation part of each run: one row per run, way, metric and label.';


--
-- Name: COLUMN comparisons.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.run_id IS 'Name of the run.';


--
-- Name: COLUMN comparisons.balance; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.balance IS 'Way of balancing: a value of the parameter balance.';


--
-- Name: COLUMN comparisons.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';


--
-- Name: COLUMN comparisons.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.emotion IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN comparisons.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.value IS 'Value of the metric on the validation part, on which thresholds and calibration are chosen too; null where the metric is not defined.';


--
-- Name: COLUMN comparisons.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN comparisons.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN comparisons.difference; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.difference IS 'Value of this way minus the value of the run''s own way; null for the run''s own way.';


--
-- Name: COLUMN comparisons.difference_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both ways are evaluated on the same resamples.';


--
-- Name: COLUMN comparisons.difference_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';


--
-- Name: COLUMN comparisons.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.comparisons.label_no IS 'Number of the label: see labels.';


--
-- Name: content_part; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.content_part (
    sha256 text NOT NULL,
    part mer.part NOT NULL,
    run_no integer NOT NULL,
    CONSTRAINT content_part_part_check CHECK ((part <> 'unlabelled'::mer.part))
);


--
-- Name: TABLE content_part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.content_part IS 'Part of each audio content, which stays the same from run to run. So no model is evaluated on audio that it or an earlier model was fitted on.';


--
-- Name: COLUMN content_part.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.content_part.sha256 IS 'sha256 of the audio file or of its decoded samples, in hex. A file with changed tags has the same decoded samples, so it keeps its part.';


--
-- Name: COLUMN content_part.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.content_part.part IS 'train, validation or test: the first of these that the audio had in a training run. Runs before the last fresh split that included the audio do not count.';


--
-- Name: COLUMN content_part.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.content_part.run_no IS 'Run that set the part.';


--
-- Name: crossval; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.crossval (
    crossval_no integer NOT NULL,
    run_id text NOT NULL,
    published_at timestamp with time zone NOT NULL,
    try_number integer NOT NULL,
    code_version text NOT NULL,
    config jsonb NOT NULL,
    store_url text NOT NULL,
    folds integer NOT NULL,
    repeats integer NOT NULL,
    tracks integer NOT NULL,
    groups integer NOT NULL,
    CONSTRAINT crossval_folds_check CHECK ((folds >= 2)),
    CONSTRAINT crossval_repeats_check CHECK ((repeats >= 1)),
    CONSTRAINT crossval_try_number_check CHECK ((try_number >= 1))
);


--
-- Name: TABLE crossval; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.crossval IS 'Published cross-validations, one row each.';


--
-- Name: COLUMN crossval.crossval_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.crossval_no IS 'Number in the order of first publication; the greatest number is the latest cross-validation.';


--
-- Name: COLUMN crossval.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.run_id IS 'Name of the run, as in Airflow and below runs/ in the object store.';


--
-- Name: COLUMN crossval.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.published_at IS 'Time at which the rows of this cross-validation were written.';


--
-- Name: COLUMN crossval.try_number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.try_number IS 'Try of the task that published; an older try cannot replace it.';


--
-- Name: COLUMN crossval.code_version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.code_version IS 'Version of the platform that published the cross-validation.';


--
-- Name: COLUMN crossval.config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.config IS 'Every parameter that influences the results.';


--
-- Name: COLUMN crossval.store_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.store_url IS 'Object store of the outputs.';


--
-- Name: COLUMN crossval.folds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.folds IS 'Number of folds. Each track is a test track in one of them.';


--
-- Name: COLUMN crossval.repeats; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.repeats IS 'Number of times that the tracks were divided into folds.';


--
-- Name: COLUMN crossval.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.tracks IS 'Number of labelled tracks.';


--
-- Name: COLUMN crossval.groups; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval.groups IS 'Number of groups of tracks; a group is never divided between folds.';


--
-- Name: crossval_crossval_no_seq; Type: SEQUENCE; Schema: mer; Owner: -
--

ALTER TABLE mer.crossval ALTER COLUMN crossval_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mer.crossval_crossval_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: crossval_metric; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.crossval_metric (
    crossval_no integer NOT NULL,
    place integer NOT NULL,
    candidate text NOT NULL,
    metric text NOT NULL,
    label_no smallint,
    value double precision,
    low double precision,
    high double precision,
    difference double precision,
    difference_low double precision,
    difference_high double precision,
    pooled double precision,
    by_fold double precision,
    deviation double precision,
    CONSTRAINT crossval_metric_check CHECK ((low <= high)),
    CONSTRAINT crossval_metric_check1 CHECK ((difference_low <= difference_high)),
    CONSTRAINT crossval_metric_place_check CHECK ((place >= 1))
);


--
-- Name: TABLE crossval_metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.crossval_metric IS 'Metrics of each candidate of a cross-validation, on tracks that the candidate was not fitted to.';


--
-- Name: COLUMN crossval_metric.crossval_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.crossval_no IS 'Cross-validation.';


--
-- Name: COLUMN crossval_metric.place; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.place IS 'Position of the candidate in the list, from 1. Differences are to the first candidate.';


--
-- Name: COLUMN crossval_metric.candidate; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.candidate IS 'Name of the candidate: a preset of network parameters, possibly with changes, or a baseline.';


--
-- Name: COLUMN crossval_metric.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.metric IS 'Name of the metric, as in table metric; computed on tracks.';


--
-- Name: COLUMN crossval_metric.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.label_no IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN crossval_metric.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.value IS 'Value of the metric: by_fold for ROC-AUC, because scores of different models have no common scale, and pooled for all other metrics. Null where the metric is not defined.';


--
-- Name: COLUMN crossval_metric.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN crossval_metric.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN crossval_metric.difference; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.difference IS 'Value of this candidate minus the value of the first candidate; null for the first candidate.';


--
-- Name: COLUMN crossval_metric.difference_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both candidates are evaluated on the same resamples.';


--
-- Name: COLUMN crossval_metric.difference_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';


--
-- Name: COLUMN crossval_metric.pooled; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.pooled IS 'Mean over the repeats of the metric on all tracks together.';


--
-- Name: COLUMN crossval_metric.by_fold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.by_fold IS 'Mean over the repeats and folds of the metric on the test tracks of one fold.';


--
-- Name: COLUMN crossval_metric.deviation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossval_metric.deviation IS 'Standard deviation of the value over the repeats; null if there is only one repeat.';


--
-- Name: crossvals; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.crossvals AS
 SELECT crossval.run_id,
    (crossval.crossval_no = ( SELECT max(crossval_1.crossval_no) AS max
           FROM mer.crossval crossval_1)) AS is_latest,
    crossval.published_at,
    crossval.folds,
    crossval.repeats,
    crossval.tracks,
    crossval.groups,
    crossval_metric.place,
    crossval_metric.candidate,
    crossval_metric.metric,
    label.label_id AS emotion,
    crossval_metric.value,
    crossval_metric.low,
    crossval_metric.high,
    crossval_metric.difference,
    crossval_metric.difference_low,
    crossval_metric.difference_high,
    crossval_metric.pooled,
    crossval_metric.by_fold,
    crossval_metric.deviation,
    crossval_metric.label_no
   FROM ((mer.crossval
     JOIN mer.crossval_metric USING (crossval_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW crossvals; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.crossvals IS 'Metrics of the candidates of each cross-validation: one row per cross-validation, candidate, metric and label.';


--
-- Name: COLUMN crossvals.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.run_id IS 'Name of the run.';


--
-- Name: COLUMN crossvals.is_latest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.is_latest IS 'Whether the row belongs to the latest cross-validation.';


--
-- Name: COLUMN crossvals.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.published_at IS 'Time at which the cross-validation was published.';


--
-- Name: COLUMN crossvals.folds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.folds IS 'Number of folds. Each track is a test track in one of them.';


--
-- Name: COLUMN crossvals.repeats; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.repeats IS 'Number of times that the tracks were divided into folds.';


--
-- Name: COLUMN crossvals.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.tracks IS 'Number of labelled tracks.';


--
-- Name: COLUMN crossvals.groups; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.groups IS 'Number of groups of tracks; a group is never divided between folds.';


--
-- Name: COLUMN crossvals.place; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.place IS 'Position of the candidate in the list, from 1. Differences are to the first candidate.';


--
-- Name: COLUMN crossvals.candidate; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.candidate IS 'Name of the candidate: a preset of network parameters, possibly with changes, or a baseline.';


--
-- Name: COLUMN crossvals.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';


--
-- Name: COLUMN crossvals.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.emotion IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN crossvals.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.value IS 'Value of the metric: by_fold for ROC-AUC, because scores of different models have no common scale, and pooled for all other metrics. Null where the metric is not defined.';


--
-- Name: COLUMN crossvals.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN crossvals.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN crossvals.difference; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.difference IS 'Value of this candidate minus the value of the first candidate; null for the first candidate.';


--
-- Name: COLUMN crossvals.difference_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.difference_low IS 'Lower end of the 95 % bootstrap interval of difference; groups of tracks are resampled. Both candidates are evaluated on the same resamples.';


--
-- Name: COLUMN crossvals.difference_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.difference_high IS 'Upper end of the 95 % bootstrap interval of difference; groups of tracks are resampled.';


--
-- Name: COLUMN crossvals.pooled; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.pooled IS 'Mean over the repeats of the metric on all tracks together.';


--
-- Name: COLUMN crossvals.by_fold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.by_fold IS 'Mean over the repeats and folds of the metric on the test tracks of one fold.';


--
-- Name: COLUMN crossvals.deviation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.deviation IS 'Standard deviation of the value over the repeats; null if there is only one repeat.';


--
-- Name: COLUMN crossvals.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.crossvals.label_no IS 'Number of the label: see labels.';


--
-- Name: served; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.served AS
 SELECT serving.track_no,
    serving.run_no
   FROM mer.serving
UNION ALL
 SELECT split.track_no,
    split.run_no
   FROM mer.split
  WHERE ((split.run_no = ( SELECT max(run.run_no) AS max
           FROM mer.run
          WHERE (run.mode <> 'predict'::text))) AND (NOT (EXISTS ( SELECT
           FROM mer.champion))));


--
-- Name: VIEW served; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.served IS 'Run whose prediction of a track is served, by number. Before there is a champion, this is the latest run of mode train or eval. Other views use this view.';


--
-- Name: COLUMN served.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.served.track_no IS 'Track.';


--
-- Name: COLUMN served.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.served.run_no IS 'Run that scored the track.';


--
-- Name: current_predictions; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.current_predictions AS
 SELECT scoring.run_id,
    track.track_id,
    track.genre,
    prediction.part,
    label.label_id AS emotion,
    prediction.probability,
    prediction.positive,
    scoring.model_run_id,
    scoring.by_champion,
    (track.gone_at IS NULL) AS present,
    scoring.scored_at,
    track.title,
    track.artist,
    prediction.label_no
   FROM ((((mer.served
     JOIN mer.prediction USING (run_no, track_no))
     JOIN mer.scoring USING (run_no))
     JOIN mer.track USING (track_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW current_predictions; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.current_predictions IS 'Served predictions: one row per track and label. They come from the champion, or from an earlier champion for tracks that the champion has not scored yet. Before there is a champion, they come from the latest run of mode train or eval.';


--
-- Name: COLUMN current_predictions.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.run_id IS 'Run that scored the track.';


--
-- Name: COLUMN current_predictions.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.track_id IS 'Track.';


--
-- Name: COLUMN current_predictions.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.genre IS 'Genre of the track.';


--
-- Name: COLUMN current_predictions.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.part IS 'Part of the track when the model was trained. The model was fitted on train tracks, so their predictions say little about its quality.';


--
-- Name: COLUMN current_predictions.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.emotion IS 'Label.';


--
-- Name: COLUMN current_predictions.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN current_predictions.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: COLUMN current_predictions.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN current_predictions.by_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';


--
-- Name: COLUMN current_predictions.present; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.present IS 'Whether the track is still in the landing zone; if it is not, see tracks.gone_at.';


--
-- Name: COLUMN current_predictions.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.scored_at IS 'Time at which the prediction was published.';


--
-- Name: COLUMN current_predictions.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN current_predictions.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN current_predictions.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.current_predictions.label_no IS 'Number of the label: see labels.';


--
-- Name: drift; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.drift (
    run_no integer NOT NULL,
    champion_run_no integer NOT NULL,
    genre text,
    measure text NOT NULL,
    label_no smallint,
    statistic text,
    psi double precision NOT NULL,
    mean_psi double precision,
    chance double precision NOT NULL,
    threshold double precision NOT NULL,
    tracks integer NOT NULL,
    reference_tracks integer NOT NULL,
    same_genre boolean NOT NULL,
    drifted boolean NOT NULL,
    CONSTRAINT drift_check CHECK (((measure = 'features'::text) = (label_no IS NULL))),
    CONSTRAINT drift_check1 CHECK (((measure = 'features'::text) = ((statistic IS NOT NULL) AND (mean_psi IS NOT NULL)))),
    CONSTRAINT drift_measure_check CHECK ((measure = ANY (ARRAY['features'::text, 'predictions'::text]))),
    CONSTRAINT drift_psi_check CHECK ((psi >= (0)::double precision))
);


--
-- Name: TABLE drift; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.drift IS 'Drift of the features and the predictions of each run, measured against the champion''s training run. Runs before the first promotion have no rows.';


--
-- Name: COLUMN drift.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.run_no IS 'Run.';


--
-- Name: COLUMN drift.champion_run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.champion_run_no IS 'Training run of the model that was champion when the drift was measured.';


--
-- Name: COLUMN drift.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.genre IS 'Genre; null for all genres together.';


--
-- Name: COLUMN drift.measure; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.measure IS 'features: summary statistics of the audio. predictions: probabilities of one label.';


--
-- Name: COLUMN drift.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.label_no IS 'Label whose probabilities were compared; null for features.';


--
-- Name: COLUMN drift.statistic; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.statistic IS 'Summary statistic with the largest population stability index: the mean or the standard deviation, over a track, of an MFCC or of a band of spectral contrast; null for predictions.';


--
-- Name: COLUMN drift.psi; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.psi IS 'Population stability index (PSI): 0 for equal distributions; as a rule of thumb, 0.25 is a large change. For features, this is the index of the column statistic.';


--
-- Name: COLUMN drift.mean_psi; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.mean_psi IS 'Mean population stability index over all summary statistics; null for predictions.';


--
-- Name: COLUMN drift.chance; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.chance IS 'Level of chance of the index. If nothing has changed, the risk is 1 % that any index of the run is above its level.';


--
-- Name: COLUMN drift.threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.threshold IS 'Population stability index above which a change counts as large: the parameter drift_threshold.';


--
-- Name: COLUMN drift.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.tracks IS 'Number of tracks of the run that were compared. For features, these are the tracks that the champion was not trained on; for predictions, those that the run''s model was not trained on.';


--
-- Name: COLUMN drift.reference_tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.reference_tracks IS 'Number of tracks of the champion''s training run that are the reference. For features, these are in its train part; for predictions, in its validation and test parts.';


--
-- Name: COLUMN drift.same_genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.same_genre IS 'Whether the reference tracks have the same genre. False if the champion was not trained on this genre; then the reference tracks are of all genres.';


--
-- Name: COLUMN drift.drifted; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drift.drifted IS 'Whether psi is above both threshold and chance.';


--
-- Name: drifts; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.drifts AS
 SELECT run.run_id,
    run.mode,
    run.published_at,
    trained.run_id AS champion_run_id,
    drift.genre,
    drift.measure,
    label.label_id AS emotion,
    drift.statistic,
    drift.psi,
    drift.mean_psi,
    drift.chance,
    drift.threshold,
    drift.tracks,
    drift.reference_tracks,
    drift.same_genre,
    drift.drifted,
    drift.label_no
   FROM (((mer.drift
     JOIN mer.run USING (run_no))
     JOIN mer.run trained ON ((trained.run_no = drift.champion_run_no)))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW drifts; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.drifts IS 'Drift of the features and the predictions of each run, measured against the champion''s training run: one row per run, genre, measure and label.';


--
-- Name: COLUMN drifts.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.run_id IS 'Name of the run.';


--
-- Name: COLUMN drifts.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.mode IS 'Mode of the run. train: the predictions are those of the run''s own model. predict: they are those of the champion.';


--
-- Name: COLUMN drifts.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.published_at IS 'When the run was published.';


--
-- Name: COLUMN drifts.champion_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.champion_run_id IS 'Training run of the model that was champion when the drift was measured.';


--
-- Name: COLUMN drifts.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.genre IS 'Genre; null for all genres together.';


--
-- Name: COLUMN drifts.measure; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.measure IS 'features: summary statistics of the audio. predictions: probabilities of one label.';


--
-- Name: COLUMN drifts.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.emotion IS 'Label whose probabilities were compared; null for features.';


--
-- Name: COLUMN drifts.statistic; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.statistic IS 'Summary statistic with the largest population stability index: the mean or the standard deviation, over a track, of an MFCC or of a band of spectral contrast; null for predictions.';


--
-- Name: COLUMN drifts.psi; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.psi IS 'Population stability index (PSI): 0 for equal distributions; as a rule of thumb, 0.25 is a large change. For features, this is the index of the column statistic.';


--
-- Name: COLUMN drifts.mean_psi; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.mean_psi IS 'Mean population stability index over all summary statistics; null for predictions.';


--
-- Name: COLUMN drifts.chance; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.chance IS 'Level of chance of the index. If nothing has changed, the risk is 1 % that any index of the run is above its level.';


--
-- Name: COLUMN drifts.threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.threshold IS 'Population stability index above which a change counts as large: the parameter drift_threshold.';


--
-- Name: COLUMN drifts.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.tracks IS 'Number of tracks of the run that were compared. For features, these are the tracks that the champion was not trained on; for predictions, those that the run''s model was not trained on.';


--
-- Name: COLUMN drifts.reference_tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.reference_tracks IS 'Number of tracks of the champion''s training run that are the reference. For features, these are in its train part; for predictions, in its validation and test parts.';


--
-- Name: COLUMN drifts.same_genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.same_genre IS 'Whether the reference tracks have the same genre. False if the champion was not trained on this genre; then the reference tracks are of all genres.';


--
-- Name: COLUMN drifts.drifted; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.drifted IS 'Whether psi is above both threshold and chance.';


--
-- Name: COLUMN drifts.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifts.label_no IS 'Number of the label: see labels.';


--
-- Name: drifted_runs; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.drifted_runs AS
 SELECT run_id,
    mode,
    published_at,
    count(*) AS measures,
    count(DISTINCT genre) AS genres,
    max(psi) AS greatest_psi
   FROM mer.drifts
  WHERE drifted
  GROUP BY run_id, mode, published_at;


--
-- Name: VIEW drifted_runs; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.drifted_runs IS 'Runs with drift: one row per run that has at least one drifted row in drifts.';


--
-- Name: COLUMN drifted_runs.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifted_runs.run_id IS 'Name of the run.';


--
-- Name: COLUMN drifted_runs.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifted_runs.mode IS 'Mode of the run. train: the predictions are those of the run''s own model. predict: they are those of the champion.';


--
-- Name: COLUMN drifted_runs.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifted_runs.published_at IS 'When the run was published.';


--
-- Name: COLUMN drifted_runs.measures; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifted_runs.measures IS 'Number of drifted rows that the run has in drifts.';


--
-- Name: COLUMN drifted_runs.genres; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifted_runs.genres IS 'Number of genres that have drifted; 0 if only all genres together have drifted.';


--
-- Name: COLUMN drifted_runs.greatest_psi; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.drifted_runs.greatest_psi IS 'Greatest population stability index of the drifted rows.';


--
-- Name: emotion_pair; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.emotion_pair (
    one smallint NOT NULL,
    other smallint NOT NULL,
    tracks integer NOT NULL,
    tracks_with_one integer NOT NULL,
    tracks_with_other integer NOT NULL,
    tracks_with_both integer NOT NULL,
    correlation double precision,
    CONSTRAINT emotion_pair_check CHECK ((one < other))
);


--
-- Name: TABLE emotion_pair; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.emotion_pair IS 'How often two labels occur together in the served predictions of the tracks in the landing zone: one row per pair of labels in use. Empty for a label set of kind single. It is updated together with listing.';


--
-- Name: COLUMN emotion_pair.one; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.one IS 'First label of the pair.';


--
-- Name: COLUMN emotion_pair.other; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.other IS 'Second label of the pair; it has a larger number.';


--
-- Name: COLUMN emotion_pair.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.tracks IS 'Number of tracks that are in the landing zone and have a served prediction for both labels.';


--
-- Name: COLUMN emotion_pair.tracks_with_one; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.tracks_with_one IS 'Number of these tracks that are positive for the first label.';


--
-- Name: COLUMN emotion_pair.tracks_with_other; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.tracks_with_other IS 'Number of these tracks that are positive for the second label.';


--
-- Name: COLUMN emotion_pair.tracks_with_both; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.tracks_with_both IS 'Number of these tracks that are positive for both labels.';


--
-- Name: COLUMN emotion_pair.correlation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pair.correlation IS 'Pearson correlation of the probabilities of the two labels; null if one of the probabilities is the same for all tracks, and for label sets with more than 32 labels in use.';


--
-- Name: emotion_pairs; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.emotion_pairs AS
 SELECT first.label_id AS one,
    second.label_id AS other,
    emotion_pair.tracks_with_both,
    (((emotion_pair.tracks_with_both)::double precision * (emotion_pair.tracks)::double precision) / (NULLIF(((emotion_pair.tracks_with_one)::bigint * emotion_pair.tracks_with_other), 0))::double precision) AS lift,
    emotion_pair.correlation,
    emotion_pair.tracks,
    emotion_pair.one AS one_no,
    emotion_pair.other AS other_no
   FROM ((mer.emotion_pair
     JOIN mer.label first ON ((first.label_no = emotion_pair.one)))
     JOIN mer.label second ON ((second.label_no = emotion_pair.other)))
  WHERE (NOT (first.retired OR second.retired));


--
-- Name: VIEW emotion_pairs; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.emotion_pairs IS 'How often two labels occur together in the served predictions of the tracks in the landing zone: one row per pair of labels in use. Empty for a label set of kind single.';


--
-- Name: COLUMN emotion_pairs.one; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.one IS 'First label of the pair.';


--
-- Name: COLUMN emotion_pairs.other; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.other IS 'Second label of the pair; it has a larger number.';


--
-- Name: COLUMN emotion_pairs.tracks_with_both; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.tracks_with_both IS 'Number of tracks that are positive for both labels.';


--
-- Name: COLUMN emotion_pairs.lift; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.lift IS 'Number of tracks with both labels, divided by the number expected if the two labels were independent; null if one of them is never positive.';


--
-- Name: COLUMN emotion_pairs.correlation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.correlation IS 'Pearson correlation of the probabilities of the two labels; null if one of the probabilities is the same for all tracks, and for label sets with more than 32 labels in use.';


--
-- Name: COLUMN emotion_pairs.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.tracks IS 'Number of tracks that are in the landing zone and have a served prediction for both labels.';


--
-- Name: COLUMN emotion_pairs.one_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.one_no IS 'Number of the first label.';


--
-- Name: COLUMN emotion_pairs.other_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.emotion_pairs.other_no IS 'Number of the second label.';


--
-- Name: track_group; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.track_group (
    run_no integer NOT NULL,
    track_no integer NOT NULL,
    reason text NOT NULL,
    other_track_no integer,
    artist text,
    share double precision,
    CONSTRAINT track_group_check CHECK (((reason = 'artist'::text) = (artist IS NOT NULL))),
    CONSTRAINT track_group_check1 CHECK (((reason <> 'artist'::text) = (other_track_no IS NOT NULL))),
    CONSTRAINT track_group_check2 CHECK (((reason = 'same_recording'::text) = (share IS NOT NULL))),
    CONSTRAINT track_group_reason_check CHECK ((reason = ANY (ARRAY['equal_bytes'::text, 'equal_samples'::text, 'same_recording'::text, 'artist'::text]))),
    CONSTRAINT track_group_share_check CHECK (((share >= (0)::double precision) AND (share <= (1)::double precision)))
);


--
-- Name: TABLE track_group; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.track_group IS 'Links between tracks, which make the groups of each run: one row for two linked tracks, or for a track and its artist. A group is never divided between parts.';


--
-- Name: COLUMN track_group.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_group.run_no IS 'Run.';


--
-- Name: COLUMN track_group.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_group.track_no IS 'Track.';


--
-- Name: COLUMN track_group.reason; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_group.reason IS 'equal_bytes: the files are equal. equal_samples: the decoded samples are equal, but the files differ. same_recording: the spectra have many peaks in common. artist: other tracks have the same artist.';


--
-- Name: COLUMN track_group.other_track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_group.other_track_no IS 'The other track, which has the same recording; null if the reason is artist.';


--
-- Name: COLUMN track_group.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_group.artist IS 'Name of the artist, as metadata files or tags write it; null for other reasons.';


--
-- Name: COLUMN track_group.share; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_group.share IS 'Share of spectral peaks that the two recordings have in common, if the reason is same_recording; null for other reasons.';


--
-- Name: groups; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.groups AS
 SELECT run.run_id,
    split.group_id,
    track.track_id,
    track.genre,
    split.part,
    both_ways.reason,
    other.track_id AS other_track_id,
    both_ways.artist,
    both_ways.share,
    track.title,
    other.title AS other_title
   FROM ((((( SELECT track_group.run_no,
            track_group.track_no,
            track_group.reason,
            track_group.other_track_no,
            track_group.artist,
            track_group.share
           FROM mer.track_group
        UNION ALL
         SELECT track_group.run_no,
            track_group.other_track_no,
            track_group.reason,
            track_group.track_no,
            track_group.artist,
            track_group.share
           FROM mer.track_group
          WHERE (track_group.other_track_no IS NOT NULL)) both_ways
     JOIN mer.split USING (run_no, track_no))
     JOIN mer.run USING (run_no))
     JOIN mer.track USING (track_no))
     LEFT JOIN mer.track other ON ((other.track_no = both_ways.other_track_no)));


--
-- Name: VIEW groups; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.groups IS 'The tracks of each group and the reasons why they are in it: one row for a track and each track or artist that it is linked to.';


--
-- Name: COLUMN groups.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.run_id IS 'Name of the run.';


--
-- Name: COLUMN groups.group_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.group_id IS 'Group of the track, as in splits; a group is never divided between parts. Tracks without links have no row in this view.';


--
-- Name: COLUMN groups.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.track_id IS 'Track.';


--
-- Name: COLUMN groups.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.genre IS 'Genre of the track.';


--
-- Name: COLUMN groups.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.part IS 'Part of the track in the run: train, validation, test or unlabelled.';


--
-- Name: COLUMN groups.reason; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.reason IS 'equal_bytes: the files are equal. equal_samples: the decoded samples are equal, but the files differ. same_recording: the spectra have many peaks in common. artist: other tracks have the same artist.';


--
-- Name: COLUMN groups.other_track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.other_track_id IS 'The other track, which has the same recording; null if the reason is artist.';


--
-- Name: COLUMN groups.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.artist IS 'Name of the artist, as metadata files or tags write it; null for other reasons.';


--
-- Name: COLUMN groups.share; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.share IS 'Share of spectral peaks that the two recordings have in common, if the reason is same_recording; null for other reasons.';


--
-- Name: COLUMN groups.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN groups.other_title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.groups.other_title IS 'Title of the other track, as title; null if the reason is artist.';


--
-- Name: judgements; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.judgements AS
 SELECT run.run_id,
    track.track_id,
    track.genre,
    split.part,
    label.label_id AS emotion,
    prediction.probability,
    prediction.positive,
    annotation.votes,
    annotation.annotators,
    ((annotation.votes)::double precision / (annotation.annotators)::double precision) AS share,
    annotation.label,
    track.title,
    track.artist,
    annotation.label_no
   FROM (((((mer.annotation
     JOIN mer.split USING (run_no, track_no))
     JOIN mer.prediction USING (run_no, track_no, label_no))
     JOIN mer.run USING (run_no))
     JOIN mer.track USING (track_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW judgements; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.judgements IS 'Predictions beside the votes of the listeners: one row per run, annotated track and label.';


--
-- Name: COLUMN judgements.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.run_id IS 'Name of the run.';


--
-- Name: COLUMN judgements.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.track_id IS 'Track.';


--
-- Name: COLUMN judgements.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.genre IS 'Genre of the track.';


--
-- Name: COLUMN judgements.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.part IS 'Part of the track in the run: train, validation, test or unlabelled.';


--
-- Name: COLUMN judgements.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.emotion IS 'Label.';


--
-- Name: COLUMN judgements.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN judgements.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: COLUMN judgements.votes; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.votes IS 'Number of listeners who chose the label.';


--
-- Name: COLUMN judgements.annotators; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.annotators IS 'Number of listeners who annotated the track.';


--
-- Name: COLUMN judgements.share; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.share IS 'Fraction of the listeners who chose the label: votes / annotators.';


--
-- Name: COLUMN judgements.label; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.label IS 'Whether the track carries the label under the label rule of the run.';


--
-- Name: COLUMN judgements.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN judgements.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN judgements.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.judgements.label_no IS 'Number of the label: see labels.';


--
-- Name: label_set_label_set_no_seq; Type: SEQUENCE; Schema: mer; Owner: -
--

ALTER TABLE mer.label_set ALTER COLUMN label_set_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mer.label_set_label_set_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: label_sets; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.label_sets AS
 SELECT name,
    version,
    kind,
    digest,
    document,
    adopted_at,
    (label_set_no = ( SELECT max(label_set_1.label_set_no) AS max
           FROM mer.label_set label_set_1)) AS is_current
   FROM mer.label_set;


--
-- Name: VIEW label_sets; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.label_sets IS 'Versions of the label set that this database has adopted, one row each.';


--
-- Name: COLUMN label_sets.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.name IS 'Name of the label set.';


--
-- Name: COLUMN label_sets.version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.version IS 'Version in the file of the label set.';


--
-- Name: COLUMN label_sets.kind; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.kind IS 'multi: a track has each label or not. single: a track has exactly one label.';


--
-- Name: COLUMN label_sets.digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.digest IS 'sha256 of the name, the kind and the labels in use with their order, in hex: see runs.label_set_digest.';


--
-- Name: COLUMN label_sets.document; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.document IS 'The label set as JSON.';


--
-- Name: COLUMN label_sets.adopted_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.adopted_at IS 'Time at which the database adopted the version.';


--
-- Name: COLUMN label_sets.is_current; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.label_sets.is_current IS 'Whether it is the version that new runs must have.';


--
-- Name: labels; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.labels AS
 SELECT label_no,
    label_id AS label,
    name,
    description,
    colour,
    valence,
    arousal,
    retired
   FROM mer.label;


--
-- Name: VIEW labels; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.labels IS 'Labels of this database, one row each, with their texts in the current version of the label set.';


--
-- Name: COLUMN labels.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.label_no IS 'Number of the label, and its position in arrays of probabilities.';


--
-- Name: COLUMN labels.label; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.label IS 'Id of the label, as in the column emotion of other views.';


--
-- Name: COLUMN labels.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.name IS 'Name for people, in any language.';


--
-- Name: COLUMN labels.description; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.description IS 'Meaning of the label; may be empty.';


--
-- Name: COLUMN labels.colour; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.colour IS 'Colour in figures, such as #0072B2; null if the figures may choose.';


--
-- Name: COLUMN labels.valence; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.valence IS 'Valence from -1 (unpleasant) to 1 (pleasant); null if unknown.';


--
-- Name: COLUMN labels.arousal; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.arousal IS 'Arousal from -1 (calm) to 1 (excited); null if unknown.';


--
-- Name: COLUMN labels.retired; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.labels.retired IS 'Whether the current version leaves the label out. Earlier runs keep it.';


--
-- Name: runs; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.runs AS
 SELECT run_id,
    (run_no = max(run_no) FILTER (WHERE (mode <> 'predict'::text)) OVER ()) AS is_latest,
    mode,
    published_at,
    try_number,
    code_version,
    tracks,
    rejected,
    device,
    model_run_id,
    ((store_url || '/'::text) || model_key) AS model_uri,
    model_sha256,
    store_url,
    config,
    config_digest,
    code_digest,
    features_digest,
    labels_digest,
    landing_url,
    listed_at,
    label_set_digest
   FROM mer.run;


--
-- Name: VIEW runs; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.runs IS 'Every published run, one row each.';


--
-- Name: COLUMN runs.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.run_id IS 'Name of the run.';


--
-- Name: COLUMN runs.is_latest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.is_latest IS 'Whether it is the latest published run of mode train or eval.';


--
-- Name: COLUMN runs.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';


--
-- Name: COLUMN runs.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.published_at IS 'When the run was published.';


--
-- Name: COLUMN runs.try_number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.try_number IS 'Try of the task that published the run.';


--
-- Name: COLUMN runs.code_version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.code_version IS 'Version of the platform that published the run.';


--
-- Name: COLUMN runs.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';


--
-- Name: COLUMN runs.rejected; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.rejected IS 'Number of rejected files: see rejected_files.';


--
-- Name: COLUMN runs.device; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.device IS 'Device that the model ran on; null if the run does not name it.';


--
-- Name: COLUMN runs.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN runs.model_uri; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.model_uri IS 'Address of the model file in the object store.';


--
-- Name: COLUMN runs.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.model_sha256 IS 'sha256 of the model file, in hex.';


--
-- Name: COLUMN runs.store_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.store_url IS 'Object store of the run''s outputs.';


--
-- Name: COLUMN runs.config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.config IS 'Every parameter that influences the results.';


--
-- Name: COLUMN runs.config_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.config_digest IS 'sha256 of config, in hex. Two runs with equal parameters have the same digest.';


--
-- Name: COLUMN runs.code_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.code_digest IS 'sha256 of the source files of the platform that published the run, in hex.';


--
-- Name: COLUMN runs.features_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.features_digest IS 'Digest of everything except the audio that determines the features. Null for runs without tracks and for runs whose tracks have different digests.';


--
-- Name: COLUMN runs.labels_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.labels_digest IS 'sha256 of the annotated audio content and its votes, in hex. Two runs with the same training data have the same digest. Null for runs without labels.';


--
-- Name: COLUMN runs.landing_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.landing_url IS 'Landing zone that the run listed.';


--
-- Name: COLUMN runs.listed_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.listed_at IS 'Time at which the run began to list the landing zone.';


--
-- Name: COLUMN runs.label_set_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.runs.label_set_digest IS 'Digest of the label set of the run: see label_sets.';


--
-- Name: latest_run; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.latest_run AS
 SELECT run_id,
    is_latest,
    mode,
    published_at,
    try_number,
    code_version,
    tracks,
    rejected,
    device,
    model_run_id,
    model_uri,
    model_sha256,
    store_url,
    config,
    config_digest,
    code_digest,
    features_digest,
    labels_digest,
    landing_url,
    listed_at,
    label_set_digest
   FROM mer.runs
  WHERE is_latest;


--
-- Name: VIEW latest_run; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.latest_run IS 'The latest published run of mode train or eval, one row. A run that is published again keeps its number, so it does not become the latest run.';


--
-- Name: COLUMN latest_run.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.run_id IS 'Name of the run.';


--
-- Name: COLUMN latest_run.is_latest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.is_latest IS 'Whether it is the latest published run of mode train or eval.';


--
-- Name: COLUMN latest_run.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';


--
-- Name: COLUMN latest_run.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.published_at IS 'When the run was published.';


--
-- Name: COLUMN latest_run.try_number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.try_number IS 'Try of the task that published the run.';


--
-- Name: COLUMN latest_run.code_version; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.code_version IS 'Version of the platform that published the run.';


--
-- Name: COLUMN latest_run.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';


--
-- Name: COLUMN latest_run.rejected; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.rejected IS 'Number of rejected files: see rejected_files.';


--
-- Name: COLUMN latest_run.device; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.device IS 'Device that the model ran on; null if the run does not name it.';


--
-- Name: COLUMN latest_run.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN latest_run.model_uri; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.model_uri IS 'Address of the model file in the object store.';


--
-- Name: COLUMN latest_run.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.model_sha256 IS 'sha256 of the model file, in hex.';


--
-- Name: COLUMN latest_run.store_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.store_url IS 'Object store of the run''s outputs.';


--
-- Name: COLUMN latest_run.config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.config IS 'Every parameter that influences the results.';


--
-- Name: COLUMN latest_run.config_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.config_digest IS 'sha256 of config, in hex. Two runs with equal parameters have the same digest.';


--
-- Name: COLUMN latest_run.code_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.code_digest IS 'sha256 of the source files of the platform that published the run, in hex.';


--
-- Name: COLUMN latest_run.features_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.features_digest IS 'Digest of everything except the audio that determines the features. Null for runs without tracks and for runs whose tracks have different digests.';


--
-- Name: COLUMN latest_run.labels_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.labels_digest IS 'sha256 of the annotated audio content and its votes, in hex. Two runs with the same training data have the same digest. Null for runs without labels.';


--
-- Name: COLUMN latest_run.landing_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.landing_url IS 'Landing zone that the run listed.';


--
-- Name: COLUMN latest_run.listed_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.listed_at IS 'Time at which the run began to list the landing zone.';


--
-- Name: COLUMN latest_run.label_set_digest; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.latest_run.label_set_digest IS 'Digest of the label set of the run: see label_sets.';


--
-- Name: listed_emotions; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.listed_emotions AS
 SELECT track.track_id,
    label.label_id AS emotion,
    prediction.probability,
    COALESCE(own_rule.threshold, rule.threshold) AS threshold,
    prediction.positive,
    said.votes,
    said.annotators,
    prediction.label_no
   FROM ((((((((mer.listing
     JOIN mer.track USING (track_no))
     JOIN mer.run scored USING (run_no))
     JOIN mer.prediction USING (run_no, track_no))
     LEFT JOIN mer.label ON ((label.label_no = prediction.label_no)))
     LEFT JOIN mer.run trained ON (((trained.run_id = scored.model_run_id) AND (trained.model_sha256 = scored.model_sha256))))
     LEFT JOIN mer.threshold own_rule ON (((own_rule.run_no = scored.run_no) AND (own_rule.label_no = prediction.label_no))))
     LEFT JOIN mer.threshold rule ON (((rule.run_no = trained.run_no) AND (rule.label_no = prediction.label_no))))
     LEFT JOIN LATERAL ( SELECT annotation.votes,
            annotation.annotators
           FROM (mer.run heard
             JOIN mer.annotation ON ((annotation.run_no = heard.run_no)))
          WHERE ((heard.mode <> 'predict'::text) AND (annotation.track_no = listing.track_no) AND (annotation.label_no = prediction.label_no))
          ORDER BY heard.run_no DESC
         LIMIT 1) said ON (true));


--
-- Name: VIEW listed_emotions; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.listed_emotions IS 'Served predictions beside the votes of the listeners: one row per track and label.';


--
-- Name: COLUMN listed_emotions.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.track_id IS 'Name of the track.';


--
-- Name: COLUMN listed_emotions.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.emotion IS 'Label.';


--
-- Name: COLUMN listed_emotions.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN listed_emotions.threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single.';


--
-- Name: COLUMN listed_emotions.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: COLUMN listed_emotions.votes; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.votes IS 'Number of listeners who chose the label, in the latest run of mode train or eval that has votes for the track; null if no run has them.';


--
-- Name: COLUMN listed_emotions.annotators; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.annotators IS 'Number of listeners who annotated the track, in the same run as votes.';


--
-- Name: COLUMN listed_emotions.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_emotions.label_no IS 'Number of the label: see labels.';


--
-- Name: listed_genres; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.listed_genres AS
 WITH RECURSIVE genres AS (
        ( SELECT track.genre
           FROM mer.track
          WHERE (track.gone_at IS NULL)
          ORDER BY track.genre
         LIMIT 1)
        UNION ALL
         SELECT following.genre
           FROM (genres genres_1
             CROSS JOIN LATERAL ( SELECT track.genre
                   FROM mer.track
                  WHERE ((track.genre > genres_1.genre) AND (track.gone_at IS NULL))
                  ORDER BY track.genre
                 LIMIT 1) following)
        )
 SELECT genre
   FROM genres;


--
-- Name: VIEW listed_genres; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.listed_genres IS 'Genres of the tracks that are in the landing zone, one row each.';


--
-- Name: COLUMN listed_genres.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_genres.genre IS 'Genre.';


--
-- Name: metric; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.metric (
    run_no integer NOT NULL,
    part mer.part NOT NULL,
    level text NOT NULL,
    metric text NOT NULL,
    label_no smallint,
    value double precision,
    low double precision,
    high double precision,
    baseline double precision,
    split_half double precision,
    split_half_low double precision,
    split_half_high double precision,
    panel double precision,
    panel_low double precision,
    panel_high double precision,
    support integer NOT NULL,
    CONSTRAINT metric_check CHECK ((low <= high)),
    CONSTRAINT metric_check1 CHECK ((split_half_low <= split_half_high)),
    CONSTRAINT metric_check2 CHECK ((panel_low <= panel_high)),
    CONSTRAINT metric_level_check CHECK ((level = ANY (ARRAY['track'::text, 'segment'::text, 'uncalibrated'::text])))
);


--
-- Name: TABLE metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.metric IS 'Metrics of the model of each run.';


--
-- Name: COLUMN metric.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.run_no IS 'Run.';


--
-- Name: COLUMN metric.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.part IS 'Part on which the metric was computed. Only the test part is used neither to fit the model nor to choose thresholds.';


--
-- Name: COLUMN metric.level; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';


--
-- Name: COLUMN metric.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';


--
-- Name: COLUMN metric.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.label_no IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN metric.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.value IS 'Value of the metric; null where the metric is not defined, such as the ROC-AUC of a label without positive tracks.';


--
-- Name: COLUMN metric.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled. Null where the metric is not defined, or if there is only one group.';


--
-- Name: COLUMN metric.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN metric.baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.baseline IS 'The same metric of the baseline: a model that only knows how common each label is.';


--
-- Name: COLUMN metric.split_half; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';


--
-- Name: COLUMN metric.split_half_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN metric.split_half_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN metric.panel; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';


--
-- Name: COLUMN metric.panel_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN metric.panel_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN metric.support; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metric.support IS 'Number of tracks or segments that were evaluated; for a metric of one label, number of positive ones.';


--
-- Name: listed_runs; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.listed_runs AS
 SELECT run.run_no,
    run.run_id,
    run.mode,
    run.published_at,
    run.tracks,
    run.rejected,
    f1.value AS f1_macro,
    f1.low AS f1_macro_low,
    f1.high AS f1_macro_high,
    roc_auc.value AS roc_auc_macro,
    roc_auc.low AS roc_auc_macro_low,
    roc_auc.high AS roc_auc_macro_high,
    pr_auc.value AS pr_auc_macro,
    f1.baseline AS f1_macro_baseline,
    run.device,
    run.model_run_id,
    (champion.run_no IS NOT NULL) AS is_champion,
    promotion.outcome,
    promotion.promotion_no,
    run.config,
    run.store_url
   FROM (((((mer.run
     LEFT JOIN mer.metric f1 ON (((f1.run_no = run.run_no) AND (f1.part = 'test'::mer.part) AND (f1.level = 'track'::text) AND (f1.metric = 'f1_macro'::text) AND (f1.label_no IS NULL))))
     LEFT JOIN mer.metric roc_auc ON (((roc_auc.run_no = run.run_no) AND (roc_auc.part = 'test'::mer.part) AND (roc_auc.level = 'track'::text) AND (roc_auc.metric = 'roc_auc_macro'::text) AND (roc_auc.label_no IS NULL))))
     LEFT JOIN mer.metric pr_auc ON (((pr_auc.run_no = run.run_no) AND (pr_auc.part = 'test'::mer.part) AND (pr_auc.level = 'track'::text) AND (pr_auc.metric = 'pr_auc_macro'::text) AND (pr_auc.label_no IS NULL))))
     LEFT JOIN mer.champion ON (((champion.run_no = run.run_no) AND (champion.model_sha256 = run.model_sha256))))
     LEFT JOIN mer.promotion ON (((promotion.run_no = run.run_no) AND (promotion.model_sha256 = run.model_sha256) AND (promotion.outcome <> 'rolled_back'::text))));


--
-- Name: VIEW listed_runs; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.listed_runs IS 'Every published run with its main metrics and the decision on its model, one row each.';


--
-- Name: COLUMN listed_runs.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.run_no IS 'Number in the order of first publication.';


--
-- Name: COLUMN listed_runs.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.run_id IS 'Name of the run.';


--
-- Name: COLUMN listed_runs.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.mode IS 'train: the run fitted a model. eval: it evaluated a stored model. predict: it scored tracks with the champion.';


--
-- Name: COLUMN listed_runs.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.published_at IS 'When the run was published.';


--
-- Name: COLUMN listed_runs.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.tracks IS 'Number of usable tracks of the corpus; in mode predict, number of tracks that the run scored.';


--
-- Name: COLUMN listed_runs.rejected; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.rejected IS 'Number of rejected files: see rejected_files.';


--
-- Name: COLUMN listed_runs.f1_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.f1_macro IS 'Mean F1 over the labels, on the test tracks; null for runs of mode predict, which compute no metrics.';


--
-- Name: COLUMN listed_runs.f1_macro_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.f1_macro_low IS 'Lower end of the 95 % interval of f1_macro.';


--
-- Name: COLUMN listed_runs.f1_macro_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.f1_macro_high IS 'Upper end of the 95 % interval of f1_macro.';


--
-- Name: COLUMN listed_runs.roc_auc_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.roc_auc_macro IS 'Mean ROC-AUC over the labels, on the test tracks.';


--
-- Name: COLUMN listed_runs.roc_auc_macro_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.roc_auc_macro_low IS 'Lower end of the 95 % interval of roc_auc_macro.';


--
-- Name: COLUMN listed_runs.roc_auc_macro_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.roc_auc_macro_high IS 'Upper end of the 95 % interval of roc_auc_macro.';


--
-- Name: COLUMN listed_runs.pr_auc_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.pr_auc_macro IS 'Mean PR-AUC over the labels, on the test tracks.';


--
-- Name: COLUMN listed_runs.f1_macro_baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.f1_macro_baseline IS 'f1_macro of a model that only knows how common each label is.';


--
-- Name: COLUMN listed_runs.device; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.device IS 'Device that the model ran on; null if the run does not name it.';


--
-- Name: COLUMN listed_runs.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN listed_runs.is_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.is_champion IS 'Whether this run fitted the present champion.';


--
-- Name: COLUMN listed_runs.outcome; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.outcome IS 'Decision on the model of this run: promoted, or kept (the earlier champion stays); null if there is no decision. Rollbacks are not included: see promotions.';


--
-- Name: COLUMN listed_runs.promotion_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.promotion_no IS 'Number of the decision in outcome: see promotions.';


--
-- Name: COLUMN listed_runs.config; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.config IS 'Every parameter that influences the results.';


--
-- Name: COLUMN listed_runs.store_url; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_runs.store_url IS 'Object store of the run''s outputs.';


--
-- Name: track_name; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.track_name (
    track_no integer NOT NULL,
    name text NOT NULL
);


--
-- Name: TABLE track_name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.track_name IS 'Texts in which the listed tracks are searched, one row each. They are updated together with listing, where they have changed.';


--
-- Name: COLUMN track_name.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_name.track_no IS 'Track.';


--
-- Name: COLUMN track_name.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_name.name IS 'Id, title and artist of the track in lower case, a line each.';


--
-- Name: listed_tracks; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.listed_tracks AS
 SELECT track.track_id,
    track.genre,
    track.duration_seconds,
    listing.probabilities,
    ARRAY( SELECT label.label_id
           FROM (unnest(listing.positives) number(number)
             JOIN mer.label ON ((label.label_no = number.number)))
          WHERE (NOT label.retired)
          ORDER BY label.label_no) AS positives,
    scoring.run_id,
    scoring.model_run_id,
    scoring.by_champion,
    listing.present,
    ( SELECT split.part
           FROM mer.split
          WHERE ((split.run_no = listing.run_no) AND (split.track_no = listing.track_no))) AS part,
    scoring.scored_at,
    listing.track_no,
    listing.genre AS listed_genre,
    track_name.name,
    track.title,
    track.artist,
    track.album,
    track.year,
    listing.positives AS reached
   FROM (((mer.listing
     JOIN mer.track USING (track_no))
     JOIN mer.scoring USING (run_no))
     LEFT JOIN mer.track_name USING (track_no));


--
-- Name: VIEW listed_tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.listed_tracks IS 'Served predictions, one row per track, for pages of tracks.';


--
-- Name: COLUMN listed_tracks.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.track_id IS 'Name of the track.';


--
-- Name: COLUMN listed_tracks.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.genre IS 'Genre of the track.';


--
-- Name: COLUMN listed_tracks.duration_seconds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.duration_seconds IS 'Length of the audio in seconds.';


--
-- Name: COLUMN listed_tracks.probabilities; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.probabilities IS 'Calibrated probability of each label, at the position of its label_no: see labels. Null for labels that the model does not know. A query with ORDER BY one of them and track_no, both DESC, reads an index.';


--
-- Name: COLUMN listed_tracks.positives; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.positives IS 'Ids of the labels in use that the track has by the model''s decision, in the order of label_no.';


--
-- Name: COLUMN listed_tracks.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.run_id IS 'Run that scored the track.';


--
-- Name: COLUMN listed_tracks.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN listed_tracks.by_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';


--
-- Name: COLUMN listed_tracks.present; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.present IS 'Whether the track was in the landing zone when a run last looked.';


--
-- Name: COLUMN listed_tracks.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run. The model was fitted on train tracks, so their predictions say little about its quality.';


--
-- Name: COLUMN listed_tracks.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.scored_at IS 'Time at which the prediction was published.';


--
-- Name: COLUMN listed_tracks.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.track_no IS 'Number of the track; tracks with equal probabilities are sorted by it.';


--
-- Name: COLUMN listed_tracks.listed_genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.listed_genre IS 'The same value as genre. A query with a condition on this column and ORDER BY a label and track_no, both DESC, reads an index.';


--
-- Name: COLUMN listed_tracks.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.name IS 'Id, title and artist in lower case, a line each. A condition on mer.trigrams(name) uses an index.';


--
-- Name: COLUMN listed_tracks.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN listed_tracks.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN listed_tracks.album; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN listed_tracks.year; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN listed_tracks.reached; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listed_tracks.reached IS 'Numbers of the labels that the track has by the model''s decision, retired labels included. It is faster to compare than positives.';


--
-- Name: listing_rows; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.listing_rows (
    track_no integer CONSTRAINT listing_track_no_not_null NOT NULL,
    run_no integer CONSTRAINT listing_run_no_not_null NOT NULL,
    genre text CONSTRAINT listing_genre_not_null NOT NULL,
    present boolean CONSTRAINT listing_present_not_null NOT NULL,
    probabilities double precision[] CONSTRAINT listing_probabilities_not_null NOT NULL,
    positives smallint[] CONSTRAINT listing_positives_not_null NOT NULL
);
ALTER TABLE ONLY mer.listing_rows ALTER COLUMN probabilities SET STORAGE PLAIN;


--
-- Name: TABLE listing_rows; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.listing_rows IS 'The rows of listing.';


--
-- Name: COLUMN listing_rows.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing_rows.track_no IS 'Track.';


--
-- Name: COLUMN listing_rows.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing_rows.run_no IS 'Run that scored the track.';


--
-- Name: COLUMN listing_rows.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing_rows.genre IS 'Genre of the track, repeated here for the indexes.';


--
-- Name: COLUMN listing_rows.present; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing_rows.present IS 'Whether the track is in the landing zone, repeated here for the indexes.';


--
-- Name: COLUMN listing_rows.probabilities; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing_rows.probabilities IS 'Calibrated probability of each label, at the position of its label_no; null for labels that the model does not know.';


--
-- Name: COLUMN listing_rows.positives; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.listing_rows.positives IS 'Numbers of the labels that the track has by the model''s decision, in ascending order.';


--
-- Name: metrics; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.metrics AS
 SELECT run.run_id,
    metric.part,
    metric.level,
    metric.metric,
    label.label_id AS emotion,
    metric.value,
    metric.baseline,
    metric.support,
    metric.low,
    metric.high,
    metric.split_half,
    metric.split_half_low,
    metric.split_half_high,
    metric.panel,
    metric.panel_low,
    metric.panel_high,
    metric.label_no
   FROM ((mer.metric
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW metrics; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.metrics IS 'Metrics of the model of each run: one row per run, part, level, metric and label.';


--
-- Name: COLUMN metrics.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.run_id IS 'Name of the run.';


--
-- Name: COLUMN metrics.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.part IS 'Part on which the metric was computed. Only the test part is used neither to fit the model nor to choose thresholds.';


--
-- Name: COLUMN metrics.level; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.level IS 'track: one decision per track. segment: one decision per segment. uncalibrated: tracks, with the model''s probabilities before calibration.';


--
-- Name: COLUMN metrics.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.metric IS 'Name of the metric, such as roc_auc_macro (over all labels) or roc_auc (of one label).';


--
-- Name: COLUMN metrics.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.emotion IS 'Label of the metric; null if the metric is over all labels.';


--
-- Name: COLUMN metrics.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.value IS 'Value of the metric; null where the metric is not defined, such as the ROC-AUC of a label without positive tracks.';


--
-- Name: COLUMN metrics.baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.baseline IS 'The same metric of the baseline: a model that only knows how common each label is.';


--
-- Name: COLUMN metrics.support; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.support IS 'Number of tracks or segments that were evaluated; for a metric of one label, number of positive ones.';


--
-- Name: COLUMN metrics.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.low IS 'Lower end of the 95 % bootstrap interval of value; groups of tracks are resampled. Null where the metric is not defined, or if there is only one group.';


--
-- Name: COLUMN metrics.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.high IS 'Upper end of the 95 % bootstrap interval of value; groups of tracks are resampled.';


--
-- Name: COLUMN metrics.split_half; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.split_half IS 'The same metric if half of a track''s listeners take the place of the model and the other half gives the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';


--
-- Name: COLUMN metrics.split_half_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.split_half_low IS 'Lower end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN metrics.split_half_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.split_half_high IS 'Upper end of the range of split_half that contains 95 % of the random drawings.';


--
-- Name: COLUMN metrics.panel; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.panel IS 'The same metric if all listeners of a track take the place of the model, with their share of votes as the probability. As many new listeners, drawn with this share, give the labels; mean over random drawings. Null for segments, for calibration metrics, and where it is not defined.';


--
-- Name: COLUMN metrics.panel_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.panel_low IS 'Lower end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN metrics.panel_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.panel_high IS 'Upper end of the range of panel that contains 95 % of the random drawings.';


--
-- Name: COLUMN metrics.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics.label_no IS 'Number of the label: see labels.';


--
-- Name: metrics_by_run; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.metrics_by_run AS
SELECT
    NULL::text AS run_id,
    NULL::text AS mode,
    NULL::timestamp with time zone AS published_at,
    NULL::integer AS test_tracks,
    NULL::double precision AS hamming_loss,
    NULL::double precision AS f1_micro,
    NULL::double precision AS f1_macro,
    NULL::double precision AS f1_samples,
    NULL::double precision AS precision_macro,
    NULL::double precision AS recall_macro,
    NULL::double precision AS roc_auc_macro,
    NULL::double precision AS pr_auc_macro,
    NULL::double precision AS f1_macro_baseline,
    NULL::double precision AS pr_auc_macro_baseline,
    NULL::double precision AS f1_macro_low,
    NULL::double precision AS f1_macro_high,
    NULL::double precision AS roc_auc_macro_low,
    NULL::double precision AS roc_auc_macro_high,
    NULL::double precision AS brier_macro,
    NULL::double precision AS ece_macro,
    NULL::double precision AS accuracy;


--
-- Name: VIEW metrics_by_run; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.metrics_by_run IS 'Main metrics of every run of mode train or eval on its test tracks: one row per run, latest run first.';


--
-- Name: COLUMN metrics_by_run.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.run_id IS 'Name of the run.';


--
-- Name: COLUMN metrics_by_run.mode; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.mode IS 'train or eval.';


--
-- Name: COLUMN metrics_by_run.published_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.published_at IS 'When the run was published.';


--
-- Name: COLUMN metrics_by_run.test_tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.test_tracks IS 'Number of test tracks.';


--
-- Name: COLUMN metrics_by_run.hamming_loss; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.hamming_loss IS 'Share of wrong decisions; less is better.';


--
-- Name: COLUMN metrics_by_run.f1_micro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.f1_micro IS 'F1 over the decisions of all tracks and labels together.';


--
-- Name: COLUMN metrics_by_run.f1_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.f1_macro IS 'Mean F1 over the labels.';


--
-- Name: COLUMN metrics_by_run.f1_samples; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.f1_samples IS 'Mean F1 over the tracks.';


--
-- Name: COLUMN metrics_by_run.precision_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.precision_macro IS 'Mean precision over the labels.';


--
-- Name: COLUMN metrics_by_run.recall_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.recall_macro IS 'Mean recall over the labels.';


--
-- Name: COLUMN metrics_by_run.roc_auc_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro IS 'Mean ROC-AUC (area under the ROC curve) over the labels; 0.5 is chance.';


--
-- Name: COLUMN metrics_by_run.pr_auc_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.pr_auc_macro IS 'Mean PR-AUC (area under the precision-recall curve) over the labels.';


--
-- Name: COLUMN metrics_by_run.f1_macro_baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.f1_macro_baseline IS 'f1_macro of the baseline: a model that only knows how common each label is.';


--
-- Name: COLUMN metrics_by_run.pr_auc_macro_baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.pr_auc_macro_baseline IS 'pr_auc_macro of the baseline: a model that only knows how common each label is.';


--
-- Name: COLUMN metrics_by_run.f1_macro_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.f1_macro_low IS 'Lower end of the 95 % interval of f1_macro.';


--
-- Name: COLUMN metrics_by_run.f1_macro_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.f1_macro_high IS 'Upper end of the 95 % interval of f1_macro.';


--
-- Name: COLUMN metrics_by_run.roc_auc_macro_low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro_low IS 'Lower end of the 95 % interval of roc_auc_macro.';


--
-- Name: COLUMN metrics_by_run.roc_auc_macro_high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.roc_auc_macro_high IS 'Upper end of the 95 % interval of roc_auc_macro.';


--
-- Name: COLUMN metrics_by_run.brier_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.brier_macro IS 'Mean Brier score over the labels: the mean squared difference between probability and label; less is better.';


--
-- Name: COLUMN metrics_by_run.ece_macro; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.ece_macro IS 'Mean expected calibration error over the labels: the difference between probabilities and the frequency of positive labels; less is better.';


--
-- Name: COLUMN metrics_by_run.accuracy; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.metrics_by_run.accuracy IS 'Share of tracks whose label the model predicts; null for a label set of kind multi.';


--
-- Name: migration; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.migration (
    number integer NOT NULL,
    name text NOT NULL,
    sha256 text NOT NULL,
    applied_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: TABLE migration; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.migration IS 'Files of sql/migrations that have been applied.';


--
-- Name: COLUMN migration.number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migration.number IS 'Number that the file''s name begins with.';


--
-- Name: COLUMN migration.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migration.name IS 'Name of the file.';


--
-- Name: COLUMN migration.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migration.sha256 IS 'sha256 of the file when it was applied, in hex.';


--
-- Name: COLUMN migration.applied_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migration.applied_at IS 'When it was applied.';


--
-- Name: migrations; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.migrations AS
 SELECT number,
    name,
    applied_at
   FROM mer.migration;


--
-- Name: VIEW migrations; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.migrations IS 'Files of sql/migrations that have been applied, one row each; the greatest number is the schema''s version.';


--
-- Name: COLUMN migrations.number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migrations.number IS 'Number that the file''s name begins with.';


--
-- Name: COLUMN migrations.name; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migrations.name IS 'Name of the file.';


--
-- Name: COLUMN migrations.applied_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.migrations.applied_at IS 'When it was applied.';


--
-- Name: predictions; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.predictions AS
 SELECT run.run_id,
    track.track_id,
    track.genre,
    prediction.part,
    label.label_id AS emotion,
    prediction.probability,
    prediction.positive,
    prediction.label_no
   FROM (((mer.prediction
     JOIN mer.run USING (run_no))
     JOIN mer.track USING (track_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW predictions; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.predictions IS 'Predictions of each run: one row for every run, track of its corpus, and label.';


--
-- Name: COLUMN predictions.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.run_id IS 'Name of the run.';


--
-- Name: COLUMN predictions.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.track_id IS 'Track.';


--
-- Name: COLUMN predictions.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.genre IS 'Genre of the track.';


--
-- Name: COLUMN predictions.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.part IS 'Part of the track in the run: train, validation, test or unlabelled. The model was fitted on train tracks, so their predictions say little about its quality.';


--
-- Name: COLUMN predictions.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.emotion IS 'Label.';


--
-- Name: COLUMN predictions.probability; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.probability IS 'Calibrated probability of the label. The mean of the model''s probabilities over the segments of the track is calibrated.';


--
-- Name: COLUMN predictions.positive; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.positive IS 'Whether the track has the label by the model''s decision: its probability reaches the threshold or, for a label set of kind single, is the highest.';


--
-- Name: COLUMN predictions.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.predictions.label_no IS 'Number of the label: see labels.';


--
-- Name: promotion_promotion_no_seq; Type: SEQUENCE; Schema: mer; Owner: -
--

ALTER TABLE mer.promotion ALTER COLUMN promotion_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mer.promotion_promotion_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: promotions; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.promotions AS
 SELECT promotion.promotion_no,
    promotion.decided_at,
    promotion.outcome,
    run.run_id,
    promotion.model_sha256,
    before.run_id AS champion_run_id,
    promotion.decided_by,
    promotion.rule,
    promotion.reason,
    promotion.metric,
    promotion.challenger,
    promotion.champion,
    promotion.baseline,
    promotion.difference,
    promotion.low,
    promotion.high,
    promotion.tracks,
    promotion.groups,
    promotion.left_out
   FROM ((mer.promotion
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.run before ON ((before.run_no = promotion.champion_run_no)));


--
-- Name: VIEW promotions; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.promotions IS 'Decisions on which model is the champion, with the metrics that were compared: one row each.';


--
-- Name: COLUMN promotions.promotion_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.promotion_no IS 'Number in the order of decisions.';


--
-- Name: COLUMN promotions.decided_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.decided_at IS 'Time of the decision.';


--
-- Name: COLUMN promotions.outcome; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.outcome IS 'promoted: the challenger becomes champion. kept: the earlier champion stays, if there is one. rolled_back: a person makes an earlier model, or a model that was not promoted, the champion.';


--
-- Name: COLUMN promotions.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.run_id IS 'Training run of the challenger; for a rollback, of the model that the rollback makes champion.';


--
-- Name: COLUMN promotions.model_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.model_sha256 IS 'sha256 of the challenger''s model file, in hex; for a rollback, of the model that becomes champion.';


--
-- Name: COLUMN promotions.champion_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.champion_run_id IS 'Training run of the champion before the decision; null if there was none.';


--
-- Name: COLUMN promotions.decided_by; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.decided_by IS 'rule: the promotion rule decided. timeout: nobody answered in time. nobody: a person was asked but has not answered. Otherwise, the name of the person who decided.';


--
-- Name: COLUMN promotions.rule; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.rule IS 'Rule of the decision: better or significant, each possibly with approval by a person; or rollback.';


--
-- Name: COLUMN promotions.reason; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.reason IS 'Reason for the decision, in one line for people.';


--
-- Name: COLUMN promotions.metric; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.metric IS 'Name of the metric that was compared on the test tracks; null for a rollback, which compares nothing.';


--
-- Name: COLUMN promotions.challenger; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.challenger IS 'Value of the metric for the challenger.';


--
-- Name: COLUMN promotions.champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.champion IS 'Value of the metric for the champion on the same tracks; null if the models were not compared.';


--
-- Name: COLUMN promotions.baseline; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.baseline IS 'Value of the metric for the baseline: a model that only knows how common each label is.';


--
-- Name: COLUMN promotions.difference; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.difference IS 'Value of the challenger minus value of the champion.';


--
-- Name: COLUMN promotions.low; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.low IS 'Lower end of the 95 % interval of difference (paired bootstrap over groups of tracks).';


--
-- Name: COLUMN promotions.high; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.high IS 'Upper end of the 95 % interval of difference (paired bootstrap over groups of tracks).';


--
-- Name: COLUMN promotions.tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.tracks IS 'Number of test tracks on which the models were compared.';


--
-- Name: COLUMN promotions.groups; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.groups IS 'Number of groups that these test tracks belong to.';


--
-- Name: COLUMN promotions.left_out; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.promotions.left_out IS 'Number of test tracks that were left out. Either the champion has seen the track or its group, or the track has no features by the champion''s configuration.';


--
-- Name: rejected_audio; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.rejected_audio (
    run_no integer NOT NULL,
    key text NOT NULL,
    stage text NOT NULL,
    track_id text,
    genre text,
    sha256 text,
    reason text NOT NULL,
    detail text NOT NULL
);


--
-- Name: TABLE rejected_audio; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.rejected_audio IS 'Files that a run rejected, with the reason.';


--
-- Name: COLUMN rejected_audio.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.run_no IS 'Run.';


--
-- Name: COLUMN rejected_audio.key; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.key IS 'Key of the file in the landing zone.';


--
-- Name: COLUMN rejected_audio.stage; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.stage IS 'Stage that rejected the file.';


--
-- Name: COLUMN rejected_audio.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.track_id IS 'Track id, if the key of the file contains one.';


--
-- Name: COLUMN rejected_audio.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.genre IS 'Genre, if the key of the file contains one.';


--
-- Name: COLUMN rejected_audio.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.sha256 IS 'sha256 of the file in hex, if it could be read.';


--
-- Name: COLUMN rejected_audio.reason; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.reason IS 'Category of the reason in one word, such as not_audio or too_short.';


--
-- Name: COLUMN rejected_audio.detail; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_audio.detail IS 'One line for people: the value that was met and what was expected.';


--
-- Name: rejected_files; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.rejected_files AS
 SELECT run.run_id,
    (rejected_audio.run_no = ( SELECT max(run_1.run_no) AS max
           FROM mer.run run_1
          WHERE (run_1.mode <> 'predict'::text))) AS in_latest_run,
    rejected_audio.key,
    rejected_audio.track_id,
    rejected_audio.genre,
    rejected_audio.stage,
    rejected_audio.reason,
    rejected_audio.detail,
    rejected_audio.sha256
   FROM (mer.rejected_audio
     JOIN mer.run USING (run_no));


--
-- Name: VIEW rejected_files; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.rejected_files IS 'Files that runs rejected, with the reason: one row per run and file.';


--
-- Name: COLUMN rejected_files.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.run_id IS 'Name of the run.';


--
-- Name: COLUMN rejected_files.in_latest_run; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.in_latest_run IS 'Whether the run is the latest published run of mode train or eval.';


--
-- Name: COLUMN rejected_files.key; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.key IS 'Key of the file in the landing zone.';


--
-- Name: COLUMN rejected_files.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.track_id IS 'Track id, if the key of the file contains one.';


--
-- Name: COLUMN rejected_files.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.genre IS 'Genre, if the key of the file contains one.';


--
-- Name: COLUMN rejected_files.stage; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.stage IS 'Stage that rejected the file.';


--
-- Name: COLUMN rejected_files.reason; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.reason IS 'Category of the reason in one word, such as not_audio or too_short.';


--
-- Name: COLUMN rejected_files.detail; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.detail IS 'One line for people: the value that was met and what was expected.';


--
-- Name: COLUMN rejected_files.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.rejected_files.sha256 IS 'sha256 of the file in hex, if it could be read.';


--
-- Name: run_run_no_seq; Type: SEQUENCE; Schema: mer; Owner: -
--

ALTER TABLE mer.run ALTER COLUMN run_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mer.run_run_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: splits; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.splits AS
 SELECT run.run_id,
    track.track_id,
    track.genre,
    split.part,
    split.group_id,
    split.sha256
   FROM ((mer.split
     JOIN mer.run USING (run_no))
     JOIN mer.track USING (track_no));


--
-- Name: VIEW splits; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.splits IS 'The corpus of each run: one row per track, with its part.';


--
-- Name: COLUMN splits.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.splits.run_id IS 'Name of the run.';


--
-- Name: COLUMN splits.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.splits.track_id IS 'Track.';


--
-- Name: COLUMN splits.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.splits.genre IS 'Genre of the track.';


--
-- Name: COLUMN splits.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.splits.part IS 'Part of the track in the run: train, validation, test or unlabelled.';


--
-- Name: COLUMN splits.group_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.splits.group_id IS 'Group of the track; a group is never divided between parts. In mode predict, which divides nothing, this is the sha256 of the audio file.';


--
-- Name: COLUMN splits.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.splits.sha256 IS 'sha256 of the audio file in this run, in hex.';


--
-- Name: stage_counter; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.stage_counter (
    run_no integer NOT NULL,
    stage text NOT NULL,
    counter text NOT NULL,
    value double precision NOT NULL
);


--
-- Name: TABLE stage_counter; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.stage_counter IS 'Counters and times of each stage of a run, summed over its shards.';


--
-- Name: COLUMN stage_counter.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counter.run_no IS 'Run.';


--
-- Name: COLUMN stage_counter.stage; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counter.stage IS 'Stage.';


--
-- Name: COLUMN stage_counter.counter; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counter.counter IS 'Name of the counter: seconds, cpu_seconds, or a number of things such as decoded, reused or rejected.';


--
-- Name: COLUMN stage_counter.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counter.value IS 'Value.';


--
-- Name: stage_counters; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.stage_counters AS
 SELECT run.run_id,
    stage_counter.stage,
    stage_counter.counter,
    stage_counter.value
   FROM (mer.stage_counter
     JOIN mer.run USING (run_no));


--
-- Name: VIEW stage_counters; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.stage_counters IS 'Counters and times of each stage of each run, summed over its shards: one row per run, stage and counter.';


--
-- Name: COLUMN stage_counters.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counters.run_id IS 'Name of the run.';


--
-- Name: COLUMN stage_counters.stage; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counters.stage IS 'Stage.';


--
-- Name: COLUMN stage_counters.counter; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counters.counter IS 'Name of the counter: seconds, cpu_seconds, or a number of things such as decoded, reused or rejected.';


--
-- Name: COLUMN stage_counters.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.stage_counters.value IS 'Value.';


--
-- Name: thresholds; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.thresholds AS
 SELECT run.run_id,
    label.label_id AS emotion,
    threshold.threshold,
    threshold.temperature,
    threshold.logit_offset,
    threshold.label_no
   FROM ((mer.threshold
     JOIN mer.run USING (run_no))
     LEFT JOIN mer.label USING (label_no));


--
-- Name: VIEW thresholds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.thresholds IS 'Decision threshold and calibration of each run and label.';


--
-- Name: COLUMN thresholds.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.thresholds.run_id IS 'Name of the run.';


--
-- Name: COLUMN thresholds.emotion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.thresholds.emotion IS 'Label.';


--
-- Name: COLUMN thresholds.threshold; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.thresholds.threshold IS 'Lowest calibrated probability at which the label counts as positive; null for a label set of kind single, where the most probable label is positive. It is chosen on the validation part.';


--
-- Name: COLUMN thresholds.temperature; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.thresholds.temperature IS 'Temperature of the calibration (Platt scaling): the logit of the model''s probability is divided by it. 1 changes nothing.';


--
-- Name: COLUMN thresholds.logit_offset; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.thresholds.logit_offset IS 'Offset of the calibration (Platt scaling): it is added to the logit after the division by the temperature. 0 changes nothing.';


--
-- Name: COLUMN thresholds.label_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.thresholds.label_no IS 'Number of the label: see labels.';


--
-- Name: track_emotions; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.track_emotions AS
 SELECT scoring.run_id,
    track.track_id,
    listing.genre,
    ( SELECT split.part
           FROM mer.split
          WHERE ((split.run_no = listing.run_no) AND (split.track_no = listing.track_no))) AS part,
    track.duration_seconds,
    listing.probabilities[1] AS amazement,
    listing.probabilities[2] AS solemnity,
    listing.probabilities[3] AS tenderness,
    listing.probabilities[4] AS nostalgia,
    listing.probabilities[5] AS calmness,
    listing.probabilities[6] AS power,
    listing.probabilities[7] AS joyful_activation,
    listing.probabilities[8] AS tension,
    listing.probabilities[9] AS sadness,
    array_remove(ARRAY( SELECT ('{amazement,solemnity,tenderness,nostalgia,calmness,power,joyful_activation,tension,sadness}'::text[])[n.n] AS text
           FROM unnest(listing.positives) n(n)), NULL::text) AS positives,
    scoring.model_run_id,
    scoring.by_champion,
    listing.present,
    scoring.scored_at,
    listing.probabilities,
    listing.positives AS reached,
    track.title,
    track.artist
   FROM ((mer.listing
     LEFT JOIN mer.track USING (track_no))
     LEFT JOIN mer.scoring USING (run_no));


--
-- Name: VIEW track_emotions; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.track_emotions IS 'Served predictions with all labels in use of a track in one row: see current_predictions.';


--
-- Name: COLUMN track_emotions.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.run_id IS 'Run that scored the track.';


--
-- Name: COLUMN track_emotions.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.track_id IS 'Track.';


--
-- Name: COLUMN track_emotions.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.genre IS 'Genre of the track.';


--
-- Name: COLUMN track_emotions.part; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.part IS 'Part of the track in the run that scored it: train, validation, test or unlabelled. In mode predict: part of its audio in the champion''s training run.';


--
-- Name: COLUMN track_emotions.duration_seconds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.duration_seconds IS 'Length of the audio in seconds.';


--
-- Name: COLUMN track_emotions.amazement; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.amazement IS 'Probability of amazement. Wonder and happiness at something unexpected.';


--
-- Name: COLUMN track_emotions.solemnity; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.solemnity IS 'Probability of solemnity. Being moved or inspired by something greater than oneself; called transcendence in GEMS.';


--
-- Name: COLUMN track_emotions.tenderness; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.tenderness IS 'Probability of tenderness. Affection and warmth, also love.';


--
-- Name: COLUMN track_emotions.nostalgia; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.nostalgia IS 'Probability of nostalgia. Sentimental longing, dreamy and melancholic memories.';


--
-- Name: COLUMN track_emotions.calmness; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.calmness IS 'Probability of calmness. Relaxation and serenity; called peacefulness in GEMS.';


--
-- Name: COLUMN track_emotions.power; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.power IS 'Probability of power. Feeling strong, triumphant and energetic.';


--
-- Name: COLUMN track_emotions.joyful_activation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.joyful_activation IS 'Probability of joyful activation. Joy that makes one want to move or dance.';


--
-- Name: COLUMN track_emotions.tension; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.tension IS 'Probability of tension. Nervousness, impatience or irritation.';


--
-- Name: COLUMN track_emotions.sadness; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.sadness IS 'Probability of sadness. Sorrow and depression.';


--
-- Name: COLUMN track_emotions.positives; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.positives IS 'Ids of the labels in use that the track has by the model''s decision, in the order of label_no.';


--
-- Name: COLUMN track_emotions.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.model_run_id IS 'Run that fitted the model.';


--
-- Name: COLUMN track_emotions.by_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.by_champion IS 'Whether the model is the present champion; false if an earlier champion scored the track, or if there is no champion.';


--
-- Name: COLUMN track_emotions.present; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.present IS 'Whether the track is still in the landing zone; if it is not, see tracks.gone_at.';


--
-- Name: COLUMN track_emotions.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.scored_at IS 'Time at which the prediction was published.';


--
-- Name: COLUMN track_emotions.probabilities; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.probabilities IS 'Calibrated probability of each label, at the position of its label_no, for queries that choose the label: see the query tracks_between_emotions. Null for labels that the model does not know.';


--
-- Name: COLUMN track_emotions.reached; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.reached IS 'Numbers of the labels that the track has by the model''s decision, retired labels included. It is faster to compare than positives.';


--
-- Name: COLUMN track_emotions.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN track_emotions.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.track_emotions.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: track_track_no_seq; Type: SEQUENCE; Schema: mer; Owner: -
--

ALTER TABLE mer.track ALTER COLUMN track_no ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME mer.track_track_no_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: tracks; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.tracks AS
 SELECT track.track_id,
    track.genre,
    track.key,
    track.sha256,
    track.pcm_sha256,
    track.duration_seconds,
    track.sample_rate,
    track.channels,
    track.segments,
    run.run_id AS last_run_id,
    (EXISTS ( SELECT
           FROM mer.split
          WHERE ((split.track_no = track.track_no) AND (split.run_no = ( SELECT max(run_1.run_no) AS max
                   FROM mer.run run_1
                  WHERE (run_1.mode <> 'predict'::text)))))) AS in_latest_run,
    track.gone_at,
    (EXISTS ( SELECT
           FROM ((mer.serving
             JOIN mer.scoring USING (run_no))
             JOIN mer.split USING (run_no, track_no))
          WHERE ((serving.track_no = track.track_no) AND scoring.by_champion AND (split.sha256 = track.sha256)))) AS scored_by_champion,
    track.title,
    track.artist,
    track.album,
    track.year,
    track.track_number,
    track.isrc,
    track.metadata,
    track.decoder,
    track.mixdown
   FROM (mer.track
     JOIN mer.run ON ((run.run_no = track.last_run_no)));


--
-- Name: VIEW tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.tracks IS 'Every track that a run has had, one row each, with its properties in the latest of these runs.';


--
-- Name: COLUMN tracks.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.track_id IS 'Track.';


--
-- Name: COLUMN tracks.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.genre IS 'Genre of the track: the name of its folder in the landing zone.';


--
-- Name: COLUMN tracks.key; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.key IS 'Key of the audio file in the landing zone.';


--
-- Name: COLUMN tracks.sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.sha256 IS 'sha256 of the audio file, in hex.';


--
-- Name: COLUMN tracks.pcm_sha256; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.pcm_sha256 IS 'sha256 of the decoded samples, in hex. Files with exactly the same decoded samples have the same value.';


--
-- Name: COLUMN tracks.duration_seconds; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.duration_seconds IS 'Length of the audio in seconds.';


--
-- Name: COLUMN tracks.sample_rate; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.sample_rate IS 'Sampling rate of the file in the landing zone, in samples per second.';


--
-- Name: COLUMN tracks.channels; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.channels IS 'Number of channels of the file in the landing zone.';


--
-- Name: COLUMN tracks.segments; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.segments IS 'Number of segments into which the track is cut for the model.';


--
-- Name: COLUMN tracks.last_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.last_run_id IS 'Latest run that had the track.';


--
-- Name: COLUMN tracks.in_latest_run; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.in_latest_run IS 'Whether the latest run of mode train or eval had the track.';


--
-- Name: COLUMN tracks.gone_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.gone_at IS 'Time at which a run first found that the track is no longer in the landing zone; null while it is in the landing zone. The predictions of the track stay.';


--
-- Name: COLUMN tracks.scored_by_champion; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.scored_by_champion IS 'Whether a prediction by the champion for the present audio of the track is served. If false, the next run of mode predict scores the track, provided that it is in the landing zone.';


--
-- Name: COLUMN tracks.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN tracks.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: COLUMN tracks.album; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.album IS 'Album of the track, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN tracks.year; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.year IS 'Year, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN tracks.track_number; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.track_number IS 'Number of the track on its album, from metadata files or else from the tags of the file; null as for title.';


--
-- Name: COLUMN tracks.isrc; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.isrc IS 'International Standard Recording Code, from metadata files; null if they have none.';


--
-- Name: COLUMN tracks.metadata; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.metadata IS 'Other columns of metadata files, by their names; null if there are none.';


--
-- Name: COLUMN tracks.decoder; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.decoder IS 'Library that decoded the file: libsndfile or ffmpeg.';


--
-- Name: COLUMN tracks.mixdown; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.tracks.mixdown IS 'How the channels became one: mean, or the channel that was taken alone, such as channel 1 of 2.';


--
-- Name: training_curves; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.training_curves AS
SELECT
    NULL::text AS run_id,
    NULL::integer AS epoch,
    NULL::text AS measure,
    NULL::double precision AS training,
    NULL::double precision AS validation;


--
-- Name: VIEW training_curves; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.training_curves IS 'Training history with the train part and the validation part side by side: one row per training run, epoch and measure.';


--
-- Name: COLUMN training_curves.run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_curves.run_id IS 'Name of the run.';


--
-- Name: COLUMN training_curves.epoch; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_curves.epoch IS 'Number of the epoch, from 1. An epoch is one pass over the training segments.';


--
-- Name: COLUMN training_curves.measure; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_curves.measure IS 'Name of the measure, such as loss.';


--
-- Name: COLUMN training_curves.training; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_curves.training IS 'Value of the measure on the train part.';


--
-- Name: COLUMN training_curves.validation; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_curves.validation IS 'Value of the measure on the validation part; null for measures that only the training has, such as learning_rate.';


--
-- Name: training_epoch; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.training_epoch (
    run_no integer NOT NULL,
    epoch integer NOT NULL,
    measure text NOT NULL,
    value double precision,
    CONSTRAINT training_epoch_epoch_check CHECK ((epoch >= 1))
);


--
-- Name: TABLE training_epoch; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.training_epoch IS 'Training history: one row per training run, epoch and measure.';


--
-- Name: COLUMN training_epoch.run_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_epoch.run_no IS 'Training run.';


--
-- Name: COLUMN training_epoch.epoch; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_epoch.epoch IS 'Number of the epoch, from 1. An epoch is one pass over the training segments.';


--
-- Name: COLUMN training_epoch.measure; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_epoch.measure IS 'Name of the measure, as in Music_emotion_history.json. Names of measures on the validation part begin with val_.';


--
-- Name: COLUMN training_epoch.value; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.training_epoch.value IS 'Value at the end of the epoch; null if the value is not a finite number.';


--
-- Name: waiting; Type: TABLE; Schema: mer; Owner: -
--

CREATE TABLE mer.waiting (
    track_no integer NOT NULL
);


--
-- Name: TABLE waiting; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON TABLE mer.waiting IS 'Tracks of the landing zone whose present audio the champion has not scored yet; empty before there is a champion. It is updated together with listing.';


--
-- Name: COLUMN waiting.track_no; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting.track_no IS 'Track.';


--
-- Name: waiting_tracks; Type: VIEW; Schema: mer; Owner: -
--

CREATE VIEW mer.waiting_tracks AS
 SELECT track.track_id,
    track.genre,
    track.key,
    scoring.model_run_id,
    scoring.scored_at,
    track.title,
    track.artist
   FROM ((( SELECT track_1.track_no,
            track_1.track_id,
            track_1.genre,
            track_1.key,
            track_1.sha256,
            track_1.pcm_sha256,
            track_1.duration_seconds,
            track_1.sample_rate,
            track_1.channels,
            track_1.decoder,
            track_1.mixdown,
            track_1.segments,
            track_1.last_run_no,
            track_1.gone_at,
            track_1.title,
            track_1.artist,
            track_1.album,
            track_1.year,
            track_1.track_number,
            track_1.isrc,
            track_1.metadata
           FROM (mer.waiting
             JOIN mer.track track_1 USING (track_no))
        UNION ALL
         SELECT track_1.track_no,
            track_1.track_id,
            track_1.genre,
            track_1.key,
            track_1.sha256,
            track_1.pcm_sha256,
            track_1.duration_seconds,
            track_1.sample_rate,
            track_1.channels,
            track_1.decoder,
            track_1.mixdown,
            track_1.segments,
            track_1.last_run_no,
            track_1.gone_at,
            track_1.title,
            track_1.artist,
            track_1.album,
            track_1.year,
            track_1.track_number,
            track_1.isrc,
            track_1.metadata
           FROM mer.track track_1
          WHERE ((track_1.gone_at IS NULL) AND (NOT (EXISTS ( SELECT
                   FROM mer.champion))))) track
     LEFT JOIN mer.listing USING (track_no))
     LEFT JOIN mer.scoring USING (run_no));


--
-- Name: VIEW waiting_tracks; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON VIEW mer.waiting_tracks IS 'Tracks of the landing zone whose present audio the champion has not scored yet: one row per track. Before there is a champion, these are all tracks of the landing zone.';


--
-- Name: COLUMN waiting_tracks.track_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.track_id IS 'Track.';


--
-- Name: COLUMN waiting_tracks.genre; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.genre IS 'Genre of the track.';


--
-- Name: COLUMN waiting_tracks.key; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.key IS 'Key of the audio file in the landing zone.';


--
-- Name: COLUMN waiting_tracks.model_run_id; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.model_run_id IS 'Run that fitted the model whose prediction is served until the champion has scored the track; null if no prediction is served.';


--
-- Name: COLUMN waiting_tracks.scored_at; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.scored_at IS 'Time at which the served prediction was published; null if no prediction is served.';


--
-- Name: COLUMN waiting_tracks.title; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.title IS 'Title of the track, from metadata files or else from the tags of the file; null if neither has one.';


--
-- Name: COLUMN waiting_tracks.artist; Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON COLUMN mer.waiting_tracks.artist IS 'Artists of the track, from metadata files or else from the tags of the file, separated by semicolons; null as for title.';


--
-- Name: listing_rows; Type: TABLE ATTACH; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.listing ATTACH PARTITION mer.listing_rows DEFAULT;


--
-- Data for Name: agreement; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.agreement VALUES
	(1, 'hamming_loss', NULL, 21, 0.11783068783068783, 0.09523809523809523, 0.14285714285714285, 0.0537989417989418, 0.026455026455026454, 0.07936507936507936),
	(1, 'hamming_loss', 1, 21, 0.08676190476190476, 0.047619047619047616, 0.14285714285714285, 0.039428571428571424, 0, 0.09523809523809523),
	(1, 'f1', 1, 21, 0.8594145188145189, 0.7692307692307693, 0.9230769230769231, 0.9327483849483851, 0.8158333333333334, 1),
	(1, 'precision', 1, 21, 0.8737452380952381, 0.7142857142857143, 1, 0.951, 0.8333333333333334, 1),
	(1, 'recall', 1, 21, 0.8640714285714287, 0.625, 1, 0.9222809523809524, 0.75, 1),
	(1, 'roc_auc', 1, 21, 0.9742824624721683, 0.8979591836734694, 1, 0.9965575178789464, 0.9777777777777777, 1),
	(1, 'pr_auc', 1, 21, 0.9543856882227792, 0.8690476417541504, 1, 0.9933006817976634, 0.9583333333333334, 1),
	(1, 'hamming_loss', 2, 21, 0.12828571428571428, 0.047619047619047616, 0.19047619047619047, 0.050476190476190466, 0, 0.14285714285714285),
	(1, 'f1', 2, 21, 0.7289666666666667, 0.6, 0.8888888888888888, 0.8801399711399712, 0.6666666666666666, 1),
	(1, 'precision', 2, 21, 0.7441047619047618, 0.5, 1, 0.9415, 0.75, 1),
	(1, 'recall', 2, 21, 0.7529333333333333, 0.5, 1, 0.8395904761904762, 0.6, 1),
	(1, 'roc_auc', 2, 21, 0.9342393085011782, 0.8242279411764706, 1, 0.9909886437908496, 0.9625, 1),
	(1, 'pr_auc', 2, 21, 0.8784044886589051, 0.7619047641754151, 1, 0.9735676225741704, 0.8928571343421936, 1),
	(1, 'hamming_loss', 3, 21, 0.2298095238095238, 0.14285714285714285, 0.2857142857142857, 0.10704761904761903, 0, 0.23809523809523808),
	(1, 'f1', 3, 21, 0.7358613003095975, 0.6666666666666666, 0.8421052631578947, 0.8647130645240552, 0.7368421052631579, 1),
	(1, 'precision', 3, 21, 0.7481131313131314, 0.5454545454545454, 1, 0.89225, 0.75, 1),
	(1, 'recall', 3, 21, 0.7443189754689755, 0.5634469696969697, 1, 0.8457751082251082, 0.6666666666666666, 1),
	(1, 'roc_auc', 3, 21, 0.9251859761931189, 0.8655537749287749, 0.9727272727272728, 0.9754522358593788, 0.9338764245014245, 1),
	(1, 'pr_auc', 3, 21, 0.9164184239910794, 0.8634313411182827, 0.9684664035772348, 0.966454366295231, 0.9208332896232605, 1),
	(1, 'hamming_loss', 4, 21, 0.26819047619047615, 0.19047619047619047, 0.38095238095238093, 0.11533333333333332, 0, 0.23809523809523808),
	(1, 'f1', 4, 21, 0.7105893011222933, 0.6, 0.8, 0.8673653795808596, 0.7368421052631579, 1),
	(1, 'precision', 4, 21, 0.732615601065601, 0.5384615384615384, 1, 0.8784444444444446, 0.6666666666666666, 1),
	(1, 'recall', 4, 21, 0.7096696303696304, 0.5384615384615384, 0.8888888888888888, 0.8658081696081696, 0.7, 1),
	(1, 'roc_auc', 4, 21, 0.8439627561591847, 0.7109301346801348, 0.9587310606060606, 0.9668664829879114, 0.9, 1),
	(1, 'pr_auc', 4, 21, 0.8598323675136426, 0.7444776038328806, 0.947384258111318, 0.9655845879700409, 0.8927248993515968, 1),
	(1, 'hamming_loss', 5, 21, 0.0698095238095238, 0, 0.14285714285714285, 0.037238095238095244, 0, 0.14285714285714285),
	(1, 'f1', 5, 21, 0.8653692307692308, 0.6666666666666666, 1, 0.9281100233100232, 0.7272727272727273, 1),
	(1, 'precision', 5, 21, 0.888609523809524, 0.6666666666666666, 1, 0.887, 0.6666666666666666, 1),
	(1, 'recall', 5, 21, 0.8616333333333335, 0.6, 1, 0.9828142857142858, 0.8, 1),
	(1, 'roc_auc', 5, 21, 0.9742880685607577, 0.8944444444444445, 1, 0.9954633731270286, 0.975, 1),
	(1, 'pr_auc', 5, 21, 0.938309996477763, 0.819841225941976, 1, 0.9878745047682808, 0.9266666412353516, 1),
	(1, 'hamming_loss', 6, 21, 0.056, 0, 0.14285714285714285, 0.01961904761904762, 0, 0.09523809523809523),
	(1, 'f1', 6, 21, 0.8765404040404041, 0.6954545454545455, 1, 0.956240404040404, 0.8, 1),
	(1, 'precision', 6, 21, 0.9018619047619048, 0.6666666666666666, 1, 0.942, 0.8, 1),
	(1, 'recall', 6, 21, 0.8733333333333334, 0.6, 1, 0.979057142857143, 0.8, 1),
	(1, 'roc_auc', 6, 21, 0.9685905951269397, 0.8440798611111111, 1, 0.9981130718954249, 0.9763194444444444, 1),
	(1, 'pr_auc', 6, 21, 0.9418387557994752, 0.757619047164917, 1, 0.9946130957047145, 0.9428571701049805, 1),
	(1, 'hamming_loss', 7, 21, 0.01761904761904762, 0, 0.09523809523809523, 0.010190476190476189, 0, 0.047619047619047616),
	(1, 'f1', 7, 21, 0.9597777777777778, 0.8, 1, 0.9764063492063492, 0.8888888888888888, 1),
	(1, 'precision', 7, 21, 0.9742666666666666, 0.8, 1, 0.999, 1, 1),
	(1, 'recall', 7, 21, 0.9532, 0.8, 1, 0.9589333333333334, 0.8, 1),
	(1, 'roc_auc', 7, 21, 0.9704686274509804, 0.8625, 1, 0.9978625, 0.975, 1),
	(1, 'pr_auc', 7, 21, 0.9645285738706588, 0.8476190567016602, 1, 0.9924809581756592, 0.9428571701049805, 1),
	(1, 'hamming_loss', 8, 21, 0.029904761904761906, 0, 0.047619047619047616, 0.020095238095238097, 0, 0.047619047619047616),
	(1, 'f1', 8, 21, 0.9102857142857143, 0.8571428571428571, 1, 0.9407142857142857, 0.8571428571428571, 1),
	(1, 'precision', 8, 21, 0.9355, 0.75, 1, 0.902, 0.75, 1),
	(1, 'recall', 8, 21, 0.9075, 0.75, 1, 0.9934000000000001, 0.8, 1),
	(1, 'roc_auc', 8, 21, 0.9985953159041394, 0.9852941176470589, 1, 0.9997985294117646, 1, 1),
	(1, 'pr_auc', 8, 21, 0.9949952373902003, 0.949999988079071, 1, 0.9993333332538604, 1, 1),
	(1, 'hamming_loss', 9, 21, 0.1740952380952381, 0.09523809523809523, 0.23809523809523808, 0.08476190476190476, 0, 0.19047619047619047),
	(1, 'f1', 9, 21, 0.7255940725940726, 0.6153846153846154, 0.8333333333333334, 0.8505629703629703, 0.6666666666666666, 1),
	(1, 'precision', 9, 21, 0.721263492063492, 0.5, 1, 0.9708000000000001, 0.8, 1),
	(1, 'recall', 9, 21, 0.763045238095238, 0.5555555555555556, 1, 0.7663230158730159, 0.5555555555555556, 1),
	(1, 'roc_auc', 9, 21, 0.9257767927256373, 0.8287723214285715, 1, 0.9806875570741117, 0.9305288461538462, 1),
	(1, 'pr_auc', 9, 21, 0.8877029177325112, 0.7738221321787153, 1, 0.9672934490359019, 0.888181825876236, 1),
	(1, 'f1_micro', NULL, 21, 0.7984977801327439, 0.7567567567567568, 0.8392857142857143, 0.9024580442390682, 0.8543689320388349, 0.9514563106796117),
	(1, 'f1_samples', NULL, 21, 0.7976220710506425, 0.7518565759637189, 0.8391326530612245, 0.9015702947845806, 0.854824263038549, 0.9514739229024943),
	(1, 'precision_micro', NULL, 21, 0.8041355308853008, 0.7241379310344828, 0.8823529411764706, 0.921686274509804, 0.8627450980392157, 0.9803921568627451),
	(1, 'precision_samples', NULL, 21, 0.8345174603174603, 0.7575198412698412, 0.9047619047619048, 0.9305238095238095, 0.8690476190476191, 0.984126984126984),
	(1, 'recall_micro', NULL, 21, 0.7957094854065677, 0.7202545297670406, 0.8763392857142857, 0.8850028590417652, 0.8245614035087719, 0.9583333333333334),
	(1, 'recall_samples', NULL, 21, 0.8227222222222222, 0.7464087301587302, 0.8968253968253967, 0.9067206349206349, 0.8507539682539684, 0.9682539682539681),
	(1, 'roc_auc_micro', NULL, 21, 0.9474759252548725, 0.9177252722844427, 0.9697619310934481, 0.9895580364119334, 0.9810726084545897, 0.9962083962459662),
	(1, 'pr_auc_micro', NULL, 21, 0.9027035083130343, 0.8653874530017448, 0.933164812855502, 0.9746773064506201, 0.9565917813508897, 0.990038758881238),
	(1, 'f1_macro', NULL, 21, 0.8191554429311418, 0.7763467940918922, 0.859050618045716, 0.9107778703141448, 0.8628575917546506, 0.9545202020202018),
	(1, 'precision_macro', NULL, 21, 0.8355644799644799, 0.7627777777777778, 0.9020667989417989, 0.9293327160493827, 0.8663425925925926, 0.9869212962962963),
	(1, 'recall_macro', NULL, 21, 0.8255228080561414, 0.7470138888888889, 0.9007375340708674, 0.9059980537980538, 0.8523870650953984, 0.9616898148148147),
	(1, 'roc_auc_macro', NULL, 21, 0.9461544336771228, 0.9155336823443442, 0.9708294366535789, 0.989087768002824, 0.9781519408408705, 0.9975181484630891),
	(1, 'pr_auc_macro', NULL, 21, 0.926268494406335, 0.89114308245756, 0.9570064753325528, 0.9822780666195026, 0.9653676150623796, 0.9953703710326443),
	(2, 'hamming_loss', NULL, 21, 0.11783068783068783, 0.09523809523809523, 0.14285714285714285, 0.0537989417989418, 0.026455026455026454, 0.07936507936507936),
	(2, 'hamming_loss', 1, 21, 0.08676190476190476, 0.047619047619047616, 0.14285714285714285, 0.039428571428571424, 0, 0.09523809523809523),
	(2, 'f1', 1, 21, 0.8594145188145189, 0.7692307692307693, 0.9230769230769231, 0.9327483849483851, 0.8158333333333334, 1),
	(2, 'precision', 1, 21, 0.8737452380952381, 0.7142857142857143, 1, 0.951, 0.8333333333333334, 1),
	(2, 'recall', 1, 21, 0.8640714285714287, 0.625, 1, 0.9222809523809524, 0.75, 1),
	(2, 'roc_auc', 1, 21, 0.9742824624721683, 0.8979591836734694, 1, 0.9965575178789464, 0.9777777777777777, 1),
	(2, 'pr_auc', 1, 21, 0.9543856882227792, 0.8690476417541504, 1, 0.9933006817976634, 0.9583333333333334, 1),
	(2, 'hamming_loss', 2, 21, 0.12828571428571428, 0.047619047619047616, 0.19047619047619047, 0.050476190476190466, 0, 0.14285714285714285),
	(2, 'f1', 2, 21, 0.7289666666666667, 0.6, 0.8888888888888888, 0.8801399711399712, 0.6666666666666666, 1),
	(2, 'precision', 2, 21, 0.7441047619047618, 0.5, 1, 0.9415, 0.75, 1),
	(2, 'recall', 2, 21, 0.7529333333333333, 0.5, 1, 0.8395904761904762, 0.6, 1),
	(2, 'roc_auc', 2, 21, 0.9342393085011782, 0.8242279411764706, 1, 0.9909886437908496, 0.9625, 1),
	(2, 'pr_auc', 2, 21, 0.8784044886589051, 0.7619047641754151, 1, 0.9735676225741704, 0.8928571343421936, 1),
	(2, 'hamming_loss', 3, 21, 0.2298095238095238, 0.14285714285714285, 0.2857142857142857, 0.10704761904761903, 0, 0.23809523809523808),
	(2, 'f1', 3, 21, 0.7358613003095975, 0.6666666666666666, 0.8421052631578947, 0.8647130645240552, 0.7368421052631579, 1),
	(2, 'precision', 3, 21, 0.7481131313131314, 0.5454545454545454, 1, 0.89225, 0.75, 1),
	(2, 'recall', 3, 21, 0.7443189754689755, 0.5634469696969697, 1, 0.8457751082251082, 0.6666666666666666, 1),
	(2, 'roc_auc', 3, 21, 0.9251859761931189, 0.8655537749287749, 0.9727272727272728, 0.9754522358593788, 0.9338764245014245, 1),
	(2, 'pr_auc', 3, 21, 0.9164184239910794, 0.8634313411182827, 0.9684664035772348, 0.966454366295231, 0.9208332896232605, 1),
	(2, 'hamming_loss', 4, 21, 0.26819047619047615, 0.19047619047619047, 0.38095238095238093, 0.11533333333333332, 0, 0.23809523809523808),
	(2, 'f1', 4, 21, 0.7105893011222933, 0.6, 0.8, 0.8673653795808596, 0.7368421052631579, 1),
	(2, 'precision', 4, 21, 0.732615601065601, 0.5384615384615384, 1, 0.8784444444444446, 0.6666666666666666, 1),
	(2, 'recall', 4, 21, 0.7096696303696304, 0.5384615384615384, 0.8888888888888888, 0.8658081696081696, 0.7, 1),
	(2, 'roc_auc', 4, 21, 0.8439627561591847, 0.7109301346801348, 0.9587310606060606, 0.9668664829879114, 0.9, 1),
	(2, 'pr_auc', 4, 21, 0.8598323675136426, 0.7444776038328806, 0.947384258111318, 0.9655845879700409, 0.8927248993515968, 1),
	(2, 'hamming_loss', 5, 21, 0.0698095238095238, 0, 0.14285714285714285, 0.037238095238095244, 0, 0.14285714285714285),
	(2, 'f1', 5, 21, 0.8653692307692308, 0.6666666666666666, 1, 0.9281100233100232, 0.7272727272727273, 1),
	(2, 'precision', 5, 21, 0.888609523809524, 0.6666666666666666, 1, 0.887, 0.6666666666666666, 1),
	(2, 'recall', 5, 21, 0.8616333333333335, 0.6, 1, 0.9828142857142858, 0.8, 1),
	(2, 'roc_auc', 5, 21, 0.9742880685607577, 0.8944444444444445, 1, 0.9954633731270286, 0.975, 1),
	(2, 'pr_auc', 5, 21, 0.938309996477763, 0.819841225941976, 1, 0.9878745047682808, 0.9266666412353516, 1),
	(2, 'hamming_loss', 6, 21, 0.056, 0, 0.14285714285714285, 0.01961904761904762, 0, 0.09523809523809523),
	(2, 'f1', 6, 21, 0.8765404040404041, 0.6954545454545455, 1, 0.956240404040404, 0.8, 1),
	(2, 'precision', 6, 21, 0.9018619047619048, 0.6666666666666666, 1, 0.942, 0.8, 1),
	(2, 'recall', 6, 21, 0.8733333333333334, 0.6, 1, 0.979057142857143, 0.8, 1),
	(2, 'roc_auc', 6, 21, 0.9685905951269397, 0.8440798611111111, 1, 0.9981130718954249, 0.9763194444444444, 1),
	(2, 'pr_auc', 6, 21, 0.9418387557994752, 0.757619047164917, 1, 0.9946130957047145, 0.9428571701049805, 1),
	(2, 'hamming_loss', 7, 21, 0.01761904761904762, 0, 0.09523809523809523, 0.010190476190476189, 0, 0.047619047619047616),
	(2, 'f1', 7, 21, 0.9597777777777778, 0.8, 1, 0.9764063492063492, 0.8888888888888888, 1),
	(2, 'precision', 7, 21, 0.9742666666666666, 0.8, 1, 0.999, 1, 1),
	(2, 'recall', 7, 21, 0.9532, 0.8, 1, 0.9589333333333334, 0.8, 1),
	(2, 'roc_auc', 7, 21, 0.9704686274509804, 0.8625, 1, 0.9978625, 0.975, 1),
	(2, 'pr_auc', 7, 21, 0.9645285738706588, 0.8476190567016602, 1, 0.9924809581756592, 0.9428571701049805, 1),
	(2, 'hamming_loss', 8, 21, 0.029904761904761906, 0, 0.047619047619047616, 0.020095238095238097, 0, 0.047619047619047616),
	(2, 'f1', 8, 21, 0.9102857142857143, 0.8571428571428571, 1, 0.9407142857142857, 0.8571428571428571, 1),
	(2, 'precision', 8, 21, 0.9355, 0.75, 1, 0.902, 0.75, 1),
	(2, 'recall', 8, 21, 0.9075, 0.75, 1, 0.9934000000000001, 0.8, 1),
	(2, 'roc_auc', 8, 21, 0.9985953159041394, 0.9852941176470589, 1, 0.9997985294117646, 1, 1),
	(2, 'pr_auc', 8, 21, 0.9949952373902003, 0.949999988079071, 1, 0.9993333332538604, 1, 1),
	(2, 'hamming_loss', 9, 21, 0.1740952380952381, 0.09523809523809523, 0.23809523809523808, 0.08476190476190476, 0, 0.19047619047619047),
	(2, 'f1', 9, 21, 0.7255940725940726, 0.6153846153846154, 0.8333333333333334, 0.8505629703629703, 0.6666666666666666, 1),
	(2, 'precision', 9, 21, 0.721263492063492, 0.5, 1, 0.9708000000000001, 0.8, 1),
	(2, 'recall', 9, 21, 0.763045238095238, 0.5555555555555556, 1, 0.7663230158730159, 0.5555555555555556, 1),
	(2, 'roc_auc', 9, 21, 0.9257767927256373, 0.8287723214285715, 1, 0.9806875570741117, 0.9305288461538462, 1),
	(2, 'pr_auc', 9, 21, 0.8877029177325112, 0.7738221321787153, 1, 0.9672934490359019, 0.888181825876236, 1),
	(2, 'f1_micro', NULL, 21, 0.7984977801327439, 0.7567567567567568, 0.8392857142857143, 0.9024580442390682, 0.8543689320388349, 0.9514563106796117),
	(2, 'f1_samples', NULL, 21, 0.7976220710506425, 0.7518565759637189, 0.8391326530612245, 0.9015702947845806, 0.854824263038549, 0.9514739229024943),
	(2, 'precision_micro', NULL, 21, 0.8041355308853008, 0.7241379310344828, 0.8823529411764706, 0.921686274509804, 0.8627450980392157, 0.9803921568627451),
	(2, 'precision_samples', NULL, 21, 0.8345174603174603, 0.7575198412698412, 0.9047619047619048, 0.9305238095238095, 0.8690476190476191, 0.984126984126984),
	(2, 'recall_micro', NULL, 21, 0.7957094854065677, 0.7202545297670406, 0.8763392857142857, 0.8850028590417652, 0.8245614035087719, 0.9583333333333334),
	(2, 'recall_samples', NULL, 21, 0.8227222222222222, 0.7464087301587302, 0.8968253968253967, 0.9067206349206349, 0.8507539682539684, 0.9682539682539681),
	(2, 'roc_auc_micro', NULL, 21, 0.9474759252548725, 0.9177252722844427, 0.9697619310934481, 0.9895580364119334, 0.9810726084545897, 0.9962083962459662),
	(2, 'pr_auc_micro', NULL, 21, 0.9027035083130343, 0.8653874530017448, 0.933164812855502, 0.9746773064506201, 0.9565917813508897, 0.990038758881238),
	(2, 'f1_macro', NULL, 21, 0.8191554429311418, 0.7763467940918922, 0.859050618045716, 0.9107778703141448, 0.8628575917546506, 0.9545202020202018),
	(2, 'precision_macro', NULL, 21, 0.8355644799644799, 0.7627777777777778, 0.9020667989417989, 0.9293327160493827, 0.8663425925925926, 0.9869212962962963),
	(2, 'recall_macro', NULL, 21, 0.8255228080561414, 0.7470138888888889, 0.9007375340708674, 0.9059980537980538, 0.8523870650953984, 0.9616898148148147),
	(2, 'roc_auc_macro', NULL, 21, 0.9461544336771228, 0.9155336823443442, 0.9708294366535789, 0.989087768002824, 0.9781519408408705, 0.9975181484630891),
	(2, 'pr_auc_macro', NULL, 21, 0.926268494406335, 0.89114308245756, 0.9570064753325528, 0.9822780666195026, 0.9653676150623796, 0.9953703710326443);


--
-- Data for Name: annotation; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.annotation VALUES
	(1, 1, 5, 24, 1, false),
	(1, 1, 2, 24, 2, false),
	(1, 1, 23, 24, 3, true),
	(1, 1, 13, 24, 4, true),
	(1, 1, 11, 24, 5, true),
	(1, 1, 0, 24, 6, false),
	(1, 1, 0, 24, 7, false),
	(1, 1, 1, 24, 8, false),
	(1, 1, 7, 24, 9, false),
	(1, 2, 0, 19, 1, false),
	(1, 2, 4, 19, 2, false),
	(1, 2, 0, 19, 3, false),
	(1, 2, 2, 19, 4, false),
	(1, 2, 0, 19, 5, false),
	(1, 2, 18, 19, 6, true),
	(1, 2, 3, 19, 7, false),
	(1, 2, 6, 19, 8, true),
	(1, 2, 0, 19, 9, false),
	(1, 3, 24, 24, 1, true),
	(1, 3, 0, 24, 2, false),
	(1, 3, 7, 24, 3, false),
	(1, 3, 2, 24, 4, false),
	(1, 3, 0, 24, 5, false),
	(1, 3, 2, 24, 6, false),
	(1, 3, 14, 24, 7, true),
	(1, 3, 0, 24, 8, false),
	(1, 3, 1, 24, 9, false),
	(1, 4, 0, 18, 1, false),
	(1, 4, 1, 18, 2, false),
	(1, 4, 1, 18, 3, false),
	(1, 4, 4, 18, 4, false),
	(1, 4, 0, 18, 5, false),
	(1, 4, 3, 18, 6, false),
	(1, 4, 0, 18, 7, false),
	(1, 4, 14, 18, 8, true),
	(1, 4, 3, 18, 9, false),
	(1, 5, 1, 21, 1, false),
	(1, 5, 3, 21, 2, false),
	(1, 5, 17, 21, 3, true),
	(1, 5, 17, 21, 4, true),
	(1, 5, 2, 21, 5, false),
	(1, 5, 1, 21, 6, false),
	(1, 5, 1, 21, 7, false),
	(1, 5, 0, 21, 8, false),
	(1, 5, 9, 21, 9, true),
	(1, 6, 9, 20, 1, true),
	(1, 6, 0, 20, 2, false),
	(1, 6, 1, 20, 3, false),
	(1, 6, 1, 20, 4, false),
	(1, 6, 0, 20, 5, false),
	(1, 6, 2, 20, 6, false),
	(1, 6, 17, 20, 7, true),
	(1, 6, 0, 20, 8, false),
	(1, 6, 0, 20, 9, false),
	(1, 7, 1, 20, 1, false),
	(1, 7, 18, 20, 2, true),
	(1, 7, 1, 20, 3, false),
	(1, 7, 5, 20, 4, false),
	(1, 7, 1, 20, 5, false),
	(1, 7, 9, 20, 6, true),
	(1, 7, 1, 20, 7, false),
	(1, 7, 1, 20, 8, false),
	(1, 7, 2, 20, 9, false),
	(1, 8, 1, 23, 1, false),
	(1, 8, 1, 23, 2, false),
	(1, 8, 14, 23, 3, true),
	(1, 8, 2, 23, 4, false),
	(1, 8, 23, 23, 5, true),
	(1, 8, 0, 23, 6, false),
	(1, 8, 0, 23, 7, false),
	(1, 8, 0, 23, 8, false),
	(1, 8, 6, 23, 9, false),
	(1, 9, 7, 24, 1, false),
	(1, 9, 2, 24, 2, false),
	(1, 9, 15, 24, 3, true),
	(1, 9, 21, 24, 4, true),
	(1, 9, 5, 24, 5, false),
	(1, 9, 0, 24, 6, false),
	(1, 9, 1, 24, 7, false),
	(1, 9, 1, 24, 8, false),
	(1, 9, 6, 24, 9, false),
	(1, 10, 0, 19, 1, false),
	(1, 10, 14, 19, 2, true),
	(1, 10, 2, 19, 3, false),
	(1, 10, 5, 19, 4, false),
	(1, 10, 7, 19, 5, true),
	(1, 10, 0, 19, 6, false),
	(1, 10, 0, 19, 7, false),
	(1, 10, 1, 19, 8, false),
	(1, 10, 14, 19, 9, true),
	(1, 11, 0, 19, 1, false),
	(1, 11, 4, 19, 2, false),
	(1, 11, 6, 19, 3, true),
	(1, 11, 9, 19, 4, true),
	(1, 11, 6, 19, 5, true),
	(1, 11, 0, 19, 6, false),
	(1, 11, 0, 19, 7, false),
	(1, 11, 0, 19, 8, false),
	(1, 11, 16, 19, 9, true),
	(1, 12, 14, 18, 1, true),
	(1, 12, 0, 18, 2, false),
	(1, 12, 4, 18, 3, false),
	(1, 12, 3, 18, 4, false),
	(1, 12, 0, 18, 5, false),
	(1, 12, 1, 18, 6, false),
	(1, 12, 14, 18, 7, true),
	(1, 12, 0, 18, 8, false),
	(1, 12, 0, 18, 9, false),
	(1, 13, 1, 19, 1, false),
	(1, 13, 1, 19, 2, false),
	(1, 13, 0, 19, 3, false),
	(1, 13, 6, 19, 4, true),
	(1, 13, 0, 19, 5, false),
	(1, 13, 10, 19, 6, true),
	(1, 13, 0, 19, 7, false),
	(1, 13, 19, 19, 8, true),
	(1, 13, 0, 19, 9, false),
	(1, 14, 1, 20, 1, false),
	(1, 14, 5, 20, 2, false),
	(1, 14, 5, 20, 3, false),
	(1, 14, 4, 20, 4, false),
	(1, 14, 11, 20, 5, true),
	(1, 14, 0, 20, 6, false),
	(1, 14, 0, 20, 7, false),
	(1, 14, 0, 20, 8, false),
	(1, 14, 17, 20, 9, true),
	(1, 15, 14, 16, 1, true),
	(1, 15, 0, 16, 2, false),
	(1, 15, 11, 16, 3, true),
	(1, 15, 7, 16, 4, true),
	(1, 15, 0, 16, 5, false),
	(1, 15, 0, 16, 6, false),
	(1, 15, 2, 16, 7, false),
	(1, 15, 0, 16, 8, false),
	(1, 15, 1, 16, 9, false),
	(1, 16, 15, 19, 1, true),
	(1, 16, 0, 19, 2, false),
	(1, 16, 6, 19, 3, true),
	(1, 16, 3, 19, 4, false),
	(1, 16, 0, 19, 5, false),
	(1, 16, 0, 19, 6, false),
	(1, 16, 3, 19, 7, false),
	(1, 16, 0, 19, 8, false),
	(1, 16, 0, 19, 9, false),
	(1, 17, 0, 23, 1, false),
	(1, 17, 19, 23, 2, true),
	(1, 17, 0, 23, 3, false),
	(1, 17, 7, 23, 4, true),
	(1, 17, 0, 23, 5, false),
	(1, 17, 8, 23, 6, true),
	(1, 17, 2, 23, 7, false),
	(1, 17, 3, 23, 8, false),
	(1, 17, 3, 23, 9, false),
	(1, 18, 0, 17, 1, false),
	(1, 18, 2, 17, 2, false),
	(1, 18, 0, 17, 3, false),
	(1, 18, 9, 17, 4, true),
	(1, 18, 0, 17, 5, false),
	(1, 18, 3, 17, 6, false),
	(1, 18, 1, 17, 7, false),
	(1, 18, 16, 17, 8, true),
	(1, 18, 2, 17, 9, false),
	(1, 19, 4, 24, 1, false),
	(1, 19, 0, 24, 2, false),
	(1, 19, 15, 24, 3, true),
	(1, 19, 21, 24, 4, true),
	(1, 19, 3, 24, 5, false),
	(1, 19, 0, 24, 6, false),
	(1, 19, 0, 24, 7, false),
	(1, 19, 0, 24, 8, false),
	(1, 19, 13, 24, 9, true),
	(1, 20, 0, 21, 1, false),
	(1, 20, 8, 21, 2, true),
	(1, 20, 6, 21, 3, false),
	(1, 20, 2, 21, 4, false),
	(1, 20, 19, 21, 5, true),
	(1, 20, 0, 21, 6, false),
	(1, 20, 0, 21, 7, false),
	(1, 20, 0, 21, 8, false),
	(1, 20, 6, 21, 9, false),
	(1, 21, 7, 19, 1, true),
	(1, 21, 0, 19, 2, false),
	(1, 21, 0, 19, 3, false),
	(1, 21, 2, 19, 4, false),
	(1, 21, 0, 19, 5, false),
	(1, 21, 13, 19, 6, true),
	(1, 21, 15, 19, 7, true),
	(1, 21, 0, 19, 8, false),
	(1, 21, 0, 19, 9, false),
	(2, 1, 5, 24, 1, false),
	(2, 1, 2, 24, 2, false),
	(2, 1, 23, 24, 3, true),
	(2, 1, 13, 24, 4, true),
	(2, 1, 11, 24, 5, true),
	(2, 1, 0, 24, 6, false),
	(2, 1, 0, 24, 7, false),
	(2, 1, 1, 24, 8, false),
	(2, 1, 7, 24, 9, false),
	(2, 2, 0, 19, 1, false),
	(2, 2, 4, 19, 2, false),
	(2, 2, 0, 19, 3, false),
	(2, 2, 2, 19, 4, false),
	(2, 2, 0, 19, 5, false),
	(2, 2, 18, 19, 6, true),
	(2, 2, 3, 19, 7, false),
	(2, 2, 6, 19, 8, true),
	(2, 2, 0, 19, 9, false),
	(2, 3, 24, 24, 1, true),
	(2, 3, 0, 24, 2, false),
	(2, 3, 7, 24, 3, false),
	(2, 3, 2, 24, 4, false),
	(2, 3, 0, 24, 5, false),
	(2, 3, 2, 24, 6, false),
	(2, 3, 14, 24, 7, true),
	(2, 3, 0, 24, 8, false),
	(2, 3, 1, 24, 9, false),
	(2, 4, 0, 18, 1, false),
	(2, 4, 1, 18, 2, false),
	(2, 4, 1, 18, 3, false),
	(2, 4, 4, 18, 4, false),
	(2, 4, 0, 18, 5, false),
	(2, 4, 3, 18, 6, false),
	(2, 4, 0, 18, 7, false),
	(2, 4, 14, 18, 8, true),
	(2, 4, 3, 18, 9, false),
	(2, 5, 1, 21, 1, false),
	(2, 5, 3, 21, 2, false),
	(2, 5, 17, 21, 3, true),
	(2, 5, 17, 21, 4, true),
	(2, 5, 2, 21, 5, false),
	(2, 5, 1, 21, 6, false),
	(2, 5, 1, 21, 7, false),
	(2, 5, 0, 21, 8, false),
	(2, 5, 9, 21, 9, true),
	(2, 6, 9, 20, 1, true),
	(2, 6, 0, 20, 2, false),
	(2, 6, 1, 20, 3, false),
	(2, 6, 1, 20, 4, false),
	(2, 6, 0, 20, 5, false),
	(2, 6, 2, 20, 6, false),
	(2, 6, 17, 20, 7, true),
	(2, 6, 0, 20, 8, false),
	(2, 6, 0, 20, 9, false),
	(2, 7, 1, 20, 1, false),
	(2, 7, 18, 20, 2, true),
	(2, 7, 1, 20, 3, false),
	(2, 7, 5, 20, 4, false),
	(2, 7, 1, 20, 5, false),
	(2, 7, 9, 20, 6, true),
	(2, 7, 1, 20, 7, false),
	(2, 7, 1, 20, 8, false),
	(2, 7, 2, 20, 9, false),
	(2, 8, 1, 23, 1, false),
	(2, 8, 1, 23, 2, false),
	(2, 8, 14, 23, 3, true),
	(2, 8, 2, 23, 4, false),
	(2, 8, 23, 23, 5, true),
	(2, 8, 0, 23, 6, false),
	(2, 8, 0, 23, 7, false),
	(2, 8, 0, 23, 8, false),
	(2, 8, 6, 23, 9, false),
	(2, 9, 7, 24, 1, false),
	(2, 9, 2, 24, 2, false),
	(2, 9, 15, 24, 3, true),
	(2, 9, 21, 24, 4, true),
	(2, 9, 5, 24, 5, false),
	(2, 9, 0, 24, 6, false),
	(2, 9, 1, 24, 7, false),
	(2, 9, 1, 24, 8, false),
	(2, 9, 6, 24, 9, false),
	(2, 10, 0, 19, 1, false),
	(2, 10, 14, 19, 2, true),
	(2, 10, 2, 19, 3, false),
	(2, 10, 5, 19, 4, false),
	(2, 10, 7, 19, 5, true),
	(2, 10, 0, 19, 6, false),
	(2, 10, 0, 19, 7, false),
	(2, 10, 1, 19, 8, false),
	(2, 10, 14, 19, 9, true),
	(2, 11, 0, 19, 1, false),
	(2, 11, 4, 19, 2, false),
	(2, 11, 6, 19, 3, true),
	(2, 11, 9, 19, 4, true),
	(2, 11, 6, 19, 5, true),
	(2, 11, 0, 19, 6, false),
	(2, 11, 0, 19, 7, false),
	(2, 11, 0, 19, 8, false),
	(2, 11, 16, 19, 9, true),
	(2, 12, 14, 18, 1, true),
	(2, 12, 0, 18, 2, false),
	(2, 12, 4, 18, 3, false),
	(2, 12, 3, 18, 4, false),
	(2, 12, 0, 18, 5, false),
	(2, 12, 1, 18, 6, false),
	(2, 12, 14, 18, 7, true),
	(2, 12, 0, 18, 8, false),
	(2, 12, 0, 18, 9, false),
	(2, 13, 1, 19, 1, false),
	(2, 13, 1, 19, 2, false),
	(2, 13, 0, 19, 3, false),
	(2, 13, 6, 19, 4, true),
	(2, 13, 0, 19, 5, false),
	(2, 13, 10, 19, 6, true),
	(2, 13, 0, 19, 7, false),
	(2, 13, 19, 19, 8, true),
	(2, 13, 0, 19, 9, false),
	(2, 14, 1, 20, 1, false),
	(2, 14, 5, 20, 2, false),
	(2, 14, 5, 20, 3, false),
	(2, 14, 4, 20, 4, false),
	(2, 14, 11, 20, 5, true),
	(2, 14, 0, 20, 6, false),
	(2, 14, 0, 20, 7, false),
	(2, 14, 0, 20, 8, false),
	(2, 14, 17, 20, 9, true),
	(2, 15, 14, 16, 1, true),
	(2, 15, 0, 16, 2, false),
	(2, 15, 11, 16, 3, true),
	(2, 15, 7, 16, 4, true),
	(2, 15, 0, 16, 5, false),
	(2, 15, 0, 16, 6, false),
	(2, 15, 2, 16, 7, false),
	(2, 15, 0, 16, 8, false),
	(2, 15, 1, 16, 9, false),
	(2, 16, 15, 19, 1, true),
	(2, 16, 0, 19, 2, false),
	(2, 16, 6, 19, 3, true),
	(2, 16, 3, 19, 4, false),
	(2, 16, 0, 19, 5, false),
	(2, 16, 0, 19, 6, false),
	(2, 16, 3, 19, 7, false),
	(2, 16, 0, 19, 8, false),
	(2, 16, 0, 19, 9, false),
	(2, 17, 0, 23, 1, false),
	(2, 17, 19, 23, 2, true),
	(2, 17, 0, 23, 3, false),
	(2, 17, 7, 23, 4, true),
	(2, 17, 0, 23, 5, false),
	(2, 17, 8, 23, 6, true),
	(2, 17, 2, 23, 7, false),
	(2, 17, 3, 23, 8, false),
	(2, 17, 3, 23, 9, false),
	(2, 18, 0, 17, 1, false),
	(2, 18, 2, 17, 2, false),
	(2, 18, 0, 17, 3, false),
	(2, 18, 9, 17, 4, true),
	(2, 18, 0, 17, 5, false),
	(2, 18, 3, 17, 6, false),
	(2, 18, 1, 17, 7, false),
	(2, 18, 16, 17, 8, true),
	(2, 18, 2, 17, 9, false),
	(2, 19, 4, 24, 1, false),
	(2, 19, 0, 24, 2, false),
	(2, 19, 15, 24, 3, true),
	(2, 19, 21, 24, 4, true),
	(2, 19, 3, 24, 5, false),
	(2, 19, 0, 24, 6, false),
	(2, 19, 0, 24, 7, false),
	(2, 19, 0, 24, 8, false),
	(2, 19, 13, 24, 9, true),
	(2, 20, 0, 21, 1, false),
	(2, 20, 8, 21, 2, true),
	(2, 20, 6, 21, 3, false),
	(2, 20, 2, 21, 4, false),
	(2, 20, 19, 21, 5, true),
	(2, 20, 0, 21, 6, false),
	(2, 20, 0, 21, 7, false),
	(2, 20, 0, 21, 8, false),
	(2, 20, 6, 21, 9, false),
	(2, 21, 7, 19, 1, true),
	(2, 21, 0, 19, 2, false),
	(2, 21, 0, 19, 3, false),
	(2, 21, 2, 19, 4, false),
	(2, 21, 0, 19, 5, false),
	(2, 21, 13, 19, 6, true),
	(2, 21, 15, 19, 7, true),
	(2, 21, 0, 19, 8, false),
	(2, 21, 0, 19, 9, false);


--
-- Data for Name: canary; Type: TABLE DATA; Schema: mer; Owner: -
--



--
-- Data for Name: champion; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.champion VALUES
	(true, 2, '5c31fa4809581f7a486c64c2d807b7362f8b285ae05d78001570176bc00a7039', 3);


--
-- Data for Name: comparison; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.comparison VALUES
	(2, 'weights', 'f1', 1, 0.5, 0.5, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 1, 0.33333333333333337, 0.33333333333333337, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 1, 0.3333333333333333, 0.3333333432674408, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 1, 0.1902800472810121, 0.19028004728101214, 0.2378392311416532, NULL, NULL, NULL),
	(2, 'weights', 'ece', 1, 0.19490064723249304, 0.19490064723249304, 0.35583948482389754, NULL, NULL, NULL),
	(2, 'weights', 'f1', 2, 0.4, 0.4, 0.6666666666666666, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 2, 0, 0, 0, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 2, 0.25, 0.25, 0.5, NULL, NULL, NULL),
	(2, 'weights', 'brier', 2, 0.2662886152896448, 0.2662886152896448, 0.39900817354920404, NULL, NULL, NULL),
	(2, 'weights', 'ece', 2, 0.47158699053917, 0.47158699053917, 0.5873949159871992, NULL, NULL, NULL),
	(2, 'weights', 'f1', 3, 0.6666666666666666, 0.6666666666666666, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 3, 0.6666666666666667, 0.6666666666666667, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 3, 0.5, 0.5, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 3, 0.1672116890546602, 0.1672116890546602, 0.24176118358762638, NULL, NULL, NULL),
	(2, 'weights', 'ece', 3, 0.36319678971148955, 0.36319678971148955, 0.45778249568524887, NULL, NULL, NULL),
	(2, 'weights', 'f1', 4, 0.8, 0.8, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 4, 0.5, 0.5, 0.5, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 4, 0.5833333333333333, 0.5833333730697632, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 4, 0.22275867897136756, 0.2101352419188088, 0.22275867897136753, NULL, NULL, NULL),
	(2, 'weights', 'ece', 4, 0.4539007121811176, 0.4539007121811176, 0.4558709097187149, NULL, NULL, NULL),
	(2, 'weights', 'f1', 5, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 5, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 5, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 5, 0.01830523407904278, 0.008699930915435401, 0.018305234079042783, NULL, NULL, NULL),
	(2, 'weights', 'ece', 5, 0.12417244882074, 0.08361356361130468, 0.12417244882074, NULL, NULL, NULL),
	(2, 'weights', 'f1', 6, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 6, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 6, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 6, 0.1446234232961574, 0.1446234232961574, 0.1550506001788076, NULL, NULL, NULL),
	(2, 'weights', 'ece', 6, 0.1171570771459243, 0.1171570771459243, 0.3136616704573639, NULL, NULL, NULL),
	(2, 'weights', 'f1', 7, 0.5, 0.5, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 7, 0.33333333333333337, 0.33333333333333337, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 7, 0.3333333333333333, 0.3333333432674408, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 7, 0.21004361043505734, 0.21004361043505734, 0.2531010699404449, NULL, NULL, NULL),
	(2, 'weights', 'ece', 7, 0.3890376885142579, 0.3764164098344369, 0.38903768851425796, NULL, NULL, NULL),
	(2, 'weights', 'f1', 8, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 8, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 8, 1, 1, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 8, 0.13576461569811804, 0.13576461569811804, 0.1948335352125794, NULL, NULL, NULL),
	(2, 'weights', 'ece', 8, 0.3244685446629522, 0.3244685446629522, 0.43996190896319015, NULL, NULL, NULL),
	(2, 'weights', 'f1', 9, 0.6666666666666666, 0.6666666666666666, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc', 9, 0.6666666666666667, 0.6666666666666667, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc', 9, 0.5, 0.5, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier', 9, 0.29673482630646497, 0.29673482630646497, 0.32494930574773184, NULL, NULL, NULL),
	(2, 'weights', 'ece', 9, 0.44562689674027633, 0.44562689674027633, 0.48538998806628014, NULL, NULL, NULL),
	(2, 'weights', 'f1_macro', NULL, 0.725925925925926, 0.725925925925926, 1, NULL, NULL, NULL),
	(2, 'weights', 'roc_auc_macro', NULL, 0.6111111111111112, 0.6111111111111112, 1, NULL, NULL, NULL),
	(2, 'weights', 'pr_auc_macro', NULL, 0.6111111111111112, 0.6111111177338494, 1, NULL, NULL, NULL),
	(2, 'weights', 'brier_macro', NULL, 0.1835567489346139, 0.1835567489346139, 0.2429198166166866, NULL, NULL, NULL),
	(2, 'weights', 'ece_macro', NULL, 0.32044975506093576, 0.32044975506093565, 0.4597513256083585, NULL, NULL, NULL),
	(2, 'smote', 'f1', 1, 0.6666666666666666, 0.6666666666666666, 1, 0.16666666666666663, 0, 0.16666666666666663),
	(2, 'smote', 'roc_auc', 1, 0.6666666666666667, 0.6666666666666667, 1, 0.33333333333333337, 0, 0.33333333333333337),
	(2, 'smote', 'pr_auc', 1, 0.5, 0.5, 1, 0.16666666666666669, 0, 0.1666666567325592),
	(2, 'smote', 'brier', 1, 0.16127290503355657, 0.16127290503355657, 0.21655213195588577, -0.029007142247455542, -0.02900714224745557, -0.021287099185767433),
	(2, 'smote', 'ece', 1, 0.0033439802193477516, 0.0033439802193477516, 0.3316278167252215, -0.19155666701314528, -0.19155666701314528, -0.02421166809867603),
	(2, 'smote', 'f1', 2, 0.4, 0.4, 0.6666666666666666, 0, 0, 0),
	(2, 'smote', 'roc_auc', 2, 0, 0, 0, 0, 0, 0),
	(2, 'smote', 'pr_auc', 2, 0.25, 0.25, 0.5, 0, 0, 0),
	(2, 'smote', 'brier', 2, 0.2856084917353871, 0.28560849173538705, 0.43885163201430155, 0.01931987644574229, 0.019319876445742235, 0.039843458465097514),
	(2, 'smote', 'ece', 2, 0.480807595311576, 0.480807595311576, 0.6017828878080289, 0.009220604772405994, 0.009220604772405994, 0.014387971820829737),
	(2, 'smote', 'f1', 3, 1, 1, 1, 0.33333333333333337, 0, 0.33333333333333337),
	(2, 'smote', 'roc_auc', 3, 1, 1, 1, 0.33333333333333326, 0, 0.33333333333333326),
	(2, 'smote', 'pr_auc', 3, 1, 1, 1, 0.5, 0, 0.5),
	(2, 'smote', 'brier', 3, 0.1629497122819228, 0.1629497122819228, 0.27296260953780915, -0.0042619767727374025, -0.0042619767727374025, 0.03120142595018277),
	(2, 'smote', 'ece', 3, 0.3425281407965482, 0.34252814079654814, 0.47178092513843406, -0.020668648914941357, -0.020668648914941412, 0.01399842945318519),
	(2, 'smote', 'f1', 4, 0.8, 0.8, 1, 0, 0, 0),
	(2, 'smote', 'roc_auc', 4, 0.5, 0.5, 0.5, 0, 0, 0),
	(2, 'smote', 'pr_auc', 4, 0.5833333333333333, 0.5833333730697632, 1, 0, 0, 0),
	(2, 'smote', 'brier', 4, 0.2608558712435539, 0.2608558712435539, 0.28450508560462845, 0.03809719227218636, 0.038097192272186386, 0.07436984368581964),
	(2, 'smote', 'ece', 4, 0.4738961259217118, 0.4738961259217118, 0.5282249384974529, 0.019995413740594215, 0.019995413740594215, 0.07235402877873798),
	(2, 'smote', 'f1', 5, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'roc_auc', 5, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'pr_auc', 5, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'brier', 5, 0.025778800670855855, 0.025778800670855855, 0.032355217452184726, 0.007473566591813075, 0.007473566591813072, 0.023655286536749323),
	(2, 'smote', 'ece', 5, 0.14044978422470056, 0.14044978422470056, 0.14744918274469915, 0.016277335403960563, 0.016277335403960563, 0.06383561913339447),
	(2, 'smote', 'f1', 6, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'roc_auc', 6, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'pr_auc', 6, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'brier', 6, 0.1347252393343887, 0.1347252393343887, 0.17860117509484225, -0.009898183961768697, -0.009898183961768697, 0.023550574916034656),
	(2, 'smote', 'ece', 6, 0.3067556209216577, 0.3067556209216577, 0.3267933134228474, 0.1895985437757334, 0.013131642965483525, 0.1895985437757334),
	(2, 'smote', 'f1', 7, 0.5, 0.5, 1, 0, 0, 0),
	(2, 'smote', 'roc_auc', 7, 0.33333333333333337, 0.33333333333333337, 1, 0, 0, 0),
	(2, 'smote', 'pr_auc', 7, 0.3333333333333333, 0.3333333432674408, 1, 0, 0, 0),
	(2, 'smote', 'brier', 7, 0.20650153222206152, 0.20650153222206155, 0.2852336477856222, -0.0035420782129958195, -0.0035420782129957917, 0.03213257784517731),
	(2, 'smote', 'ece', 7, 0.2415688807751739, 0.2415688807751739, 0.4011304164863793, -0.147468807739084, -0.14746880773908405, 0.0247140066519424),
	(2, 'smote', 'f1', 8, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'roc_auc', 8, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'pr_auc', 8, 1, 1, 1, 0, 0, 0),
	(2, 'smote', 'brier', 8, 0.14449626307625626, 0.14449626307625626, 0.2364432580900599, 0.008731647378138224, 0.008731647378138224, 0.04160972287748049),
	(2, 'smote', 'ece', 8, 0.01806139272914229, 0.01806139272914229, 0.13996601196729747, -0.3064071519338099, -0.3064071519338099, -0.2999958969958927),
	(2, 'smote', 'f1', 9, 0.6666666666666666, 0.6666666666666666, 1, 0, 0, 0),
	(2, 'smote', 'roc_auc', 9, 0.6666666666666667, 0.6666666666666667, 1, 0, 0, 0),
	(2, 'smote', 'pr_auc', 9, 0.5, 0.5, 1, 0, 0, 0),
	(2, 'smote', 'brier', 9, 0.2550050536585006, 0.2550050536585006, 0.32979548158287003, -0.04172977264796435, -0.04172977264796435, 0.004846175835138189),
	(2, 'smote', 'ece', 9, 0.4130908953573642, 0.4130908953573642, 0.48235981642051456, -0.03253600138291213, -0.03253600138291213, -0.003030171645765578),
	(2, 'smote', 'f1_macro', NULL, 0.7814814814814816, 0.7814814814814814, 1, 0.05555555555555558, 0, 0.05555555555555547),
	(2, 'smote', 'roc_auc_macro', NULL, 0.6851851851851852, 0.6851851851851852, 1, 0.07407407407407407, 0, 0.07407407407407407),
	(2, 'smote', 'pr_auc_macro', NULL, 0.6851851851851851, 0.6851851907041338, 1, 0.07407407407407396, 0, 0.07407407297028434),
	(2, 'smote', 'brier_macro', NULL, 0.18191042991738704, 0.18191042991738704, 0.2809266087038419, -0.001646319017226866, -0.001646319017226866, 0.038006792087155294),
	(2, 'smote', 'ece_macro', NULL, 0.26894471291746913, 0.26894471291746913, 0.40558292300592474, -0.05150504214346663, -0.054168402602433774, 0.018371514494594843),
	(2, 'oversampling', 'f1', 1, 1, 1, 1, 0.5, 0, 0.5),
	(2, 'oversampling', 'roc_auc', 1, 1, 1, 1, 0.6666666666666666, 0, 0.6666666666666666),
	(2, 'oversampling', 'pr_auc', 1, 1, 1, 1, 0.6666666666666667, 0, 0.6666666567325592),
	(2, 'oversampling', 'brier', 1, 0.14757353036401846, 0.14757353036401846, 0.23147527218149722, -0.04270651691699365, -0.042706516916993675, -0.006363958960155985),
	(2, 'oversampling', 'ece', 1, 0.3092674300016434, 0.3092674300016435, 0.3694555930528691, 0.11436678276915038, 0.01361610822897158, 0.11436678276915044),
	(2, 'oversampling', 'f1', 2, 0.4, 0.4, 0.6666666666666666, 0, 0, 0),
	(2, 'oversampling', 'roc_auc', 2, 0, 0, 0, 0, 0, 0),
	(2, 'oversampling', 'pr_auc', 2, 0.25, 0.25, 0.5, 0, 0, 0),
	(2, 'oversampling', 'brier', 2, 0.27071492741464737, 0.27071492741464737, 0.4256014731905476, 0.004426312125002552, 0.004426312125002552, 0.02659329964134355),
	(2, 'oversampling', 'ece', 2, 0.4573868351877835, 0.4573868351877835, 0.5807241288716225, -0.014200155351386523, -0.014200155351386523, -0.006670787115576671),
	(2, 'oversampling', 'f1', 3, 0.6666666666666666, 0.6666666666666666, 1, 0, 0, 0),
	(2, 'oversampling', 'roc_auc', 3, 0.6666666666666667, 0.6666666666666667, 1, 0, 0, 0),
	(2, 'oversampling', 'pr_auc', 3, 0.5, 0.5, 1, 0, 0, 0),
	(2, 'oversampling', 'brier', 3, 0.19851832353079452, 0.19851832353079452, 0.31644623825238294, 0.031306634476134326, 0.031306634476134326, 0.07468505466475656),
	(2, 'oversampling', 'ece', 3, 0.3656580333365594, 0.3656580333365594, 0.48282706419944854, 0.002461243625069831, 0.002461243625069831, 0.025044568514199672),
	(2, 'oversampling', 'f1', 4, 0.6666666666666666, 0.6666666666666666, 1, -0.13333333333333341, -0.13333333333333341, 0),
	(2, 'oversampling', 'roc_auc', 4, 0.25, 0.25, 0.25, -0.25, -0.25, -0.25),
	(2, 'oversampling', 'pr_auc', 4, 0.5, 0.5, 1, -0.08333333333333326, -0.08333337306976318, 0),
	(2, 'oversampling', 'brier', 4, 0.26357829020804296, 0.26357829020804296, 0.33554497221459584, 0.04081961123667541, 0.040819611236675435, 0.12540973029578703),
	(2, 'oversampling', 'ece', 4, 0.07110190739617567, 0.07110190739617567, 0.5791818284221231, -0.38279880478494194, -0.38279880478494194, 0.12331091870340816),
	(2, 'oversampling', 'f1', 5, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'roc_auc', 5, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'pr_auc', 5, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'brier', 5, 0.04503586258806555, 0.04503586258806556, 0.07426360876918853, 0.02673062850902277, 0.026730628509022775, 0.06556367785375312),
	(2, 'oversampling', 'ece', 5, 0.1784932854768888, 0.1784932854768888, 0.2313302133982196, 0.05432083665614881, 0.05432083665614881, 0.14771664978691493),
	(2, 'oversampling', 'f1', 6, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'roc_auc', 6, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'pr_auc', 6, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'brier', 6, 0.11071425181512409, 0.11071425181512409, 0.1433547870749287, -0.03390917148103331, -0.03390917148103331, -0.011695813103878877),
	(2, 'oversampling', 'ece', 6, 0.27664916427996694, 0.27664916427996694, 0.2914741521041164, 0.15949208713404264, -0.02218751835324745, 0.15949208713404264),
	(2, 'oversampling', 'f1', 7, 1, 1, 1, 0.5, 0, 0.5),
	(2, 'oversampling', 'roc_auc', 7, 1, 1, 1, 0.6666666666666666, 0, 0.6666666666666666),
	(2, 'oversampling', 'pr_auc', 7, 1, 1, 1, 0.6666666666666667, 0, 0.6666666567325592),
	(2, 'oversampling', 'brier', 7, 0.13122507678219797, 0.13122507678219797, 0.18283667341730625, -0.07881853365285937, -0.07881853365285937, -0.07026439652313865),
	(2, 'oversampling', 'ece', 7, 0.10409682763981976, 0.10409682763981976, 0.305832542315785, -0.28494086087443815, -0.2849408608744382, -0.07058386751865192),
	(2, 'oversampling', 'f1', 8, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'roc_auc', 8, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'pr_auc', 8, 1, 1, 1, 0, 0, 0),
	(2, 'oversampling', 'brier', 8, 0.13784943056913856, 0.1378494305691386, 0.21660080767794915, 0.002084814871020524, 0.0020848148710205516, 0.021767272465369747),
	(2, 'oversampling', 'ece', 8, 0.3267435167151933, 0.3267435167151933, 0.44799616265701786, 0.0022749720522410866, 0.0022749720522410866, 0.008034253693827709),
	(2, 'oversampling', 'f1', 9, 0.6666666666666666, 0.6666666666666666, 1, 0, 0, 0),
	(2, 'oversampling', 'roc_auc', 9, 0.6666666666666667, 0.6666666666666667, 1, 0, 0, 0),
	(2, 'oversampling', 'pr_auc', 9, 0.5, 0.5, 1, 0, 0, 0),
	(2, 'oversampling', 'brier', 9, 0.259007081348752, 0.259007081348752, 0.3546975020140704, -0.03772774495771297, -0.03772774495771297, 0.029748196266338567),
	(2, 'oversampling', 'ece', 9, 0.34548990342646385, 0.34548990342646385, 0.36041128468015354, -0.10013699331381248, -0.1249787033861266, -0.10013699331381248),
	(2, 'oversampling', 'f1_macro', NULL, 0.8222222222222223, 0.8222222222222222, 1, 0.09629629629629632, 0, 0.09629629629629621),
	(2, 'oversampling', 'roc_auc_macro', NULL, 0.7314814814814815, 0.7314814814814815, 1, 0.12037037037037035, 0, 0.12037037037037035),
	(2, 'oversampling', 'pr_auc_macro', NULL, 0.75, 0.75, 1, 0.13888888888888884, 0, 0.1388888822661506),
	(2, 'oversampling', 'brier_macro', NULL, 0.1738018638467535, 0.1738018638467535, 0.30582238003974954, -0.009754885087860404, -0.009754885087860404, 0.06290256342306294),
	(2, 'oversampling', 'ece_macro', NULL, 0.27054298927338827, 0.27054298927338827, 0.46760408498968575, -0.04990676578754749, -0.04990676578754738, 0.012378117005682143),
	(2, 'none', 'f1', 1, 0.6666666666666666, 0.6666666666666666, 1, 0.16666666666666663, 0, 0.16666666666666663),
	(2, 'none', 'roc_auc', 1, 0.6666666666666667, 0.6666666666666667, 1, 0.33333333333333337, 0, 0.33333333333333337),
	(2, 'none', 'pr_auc', 1, 0.5, 0.5, 1, 0.16666666666666669, 0, 0.1666666567325592),
	(2, 'none', 'brier', 1, 0.16127290503355657, 0.16127290503355657, 0.21655213195588577, -0.029007142247455542, -0.02900714224745557, -0.021287099185767433),
	(2, 'none', 'ece', 1, 0.0033439802193477516, 0.0033439802193477516, 0.3316278167252215, -0.19155666701314528, -0.19155666701314528, -0.02421166809867603),
	(2, 'none', 'f1', 2, 0.4, 0.4, 0.6666666666666666, 0, 0, 0),
	(2, 'none', 'roc_auc', 2, 0, 0, 0, 0, 0, 0),
	(2, 'none', 'pr_auc', 2, 0.25, 0.25, 0.5, 0, 0, 0),
	(2, 'none', 'brier', 2, 0.2856084917353871, 0.28560849173538705, 0.43885163201430155, 0.01931987644574229, 0.019319876445742235, 0.039843458465097514),
	(2, 'none', 'ece', 2, 0.480807595311576, 0.480807595311576, 0.6017828878080289, 0.009220604772405994, 0.009220604772405994, 0.014387971820829737),
	(2, 'none', 'f1', 3, 1, 1, 1, 0.33333333333333337, 0, 0.33333333333333337),
	(2, 'none', 'roc_auc', 3, 1, 1, 1, 0.33333333333333326, 0, 0.33333333333333326),
	(2, 'none', 'pr_auc', 3, 1, 1, 1, 0.5, 0, 0.5),
	(2, 'none', 'brier', 3, 0.1629497122819228, 0.1629497122819228, 0.27296260953780915, -0.0042619767727374025, -0.0042619767727374025, 0.03120142595018277),
	(2, 'none', 'ece', 3, 0.3425281407965482, 0.34252814079654814, 0.47178092513843406, -0.020668648914941357, -0.020668648914941412, 0.01399842945318519),
	(2, 'none', 'f1', 4, 0.8, 0.8, 1, 0, 0, 0),
	(2, 'none', 'roc_auc', 4, 0.5, 0.5, 0.5, 0, 0, 0),
	(2, 'none', 'pr_auc', 4, 0.5833333333333333, 0.5833333730697632, 1, 0, 0, 0),
	(2, 'none', 'brier', 4, 0.2608558712435539, 0.2608558712435539, 0.28450508560462845, 0.03809719227218636, 0.038097192272186386, 0.07436984368581964),
	(2, 'none', 'ece', 4, 0.4738961259217118, 0.4738961259217118, 0.5282249384974529, 0.019995413740594215, 0.019995413740594215, 0.07235402877873798),
	(2, 'none', 'f1', 5, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'roc_auc', 5, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'pr_auc', 5, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'brier', 5, 0.025778800670855855, 0.025778800670855855, 0.032355217452184726, 0.007473566591813075, 0.007473566591813072, 0.023655286536749323),
	(2, 'none', 'ece', 5, 0.14044978422470056, 0.14044978422470056, 0.14744918274469915, 0.016277335403960563, 0.016277335403960563, 0.06383561913339447),
	(2, 'none', 'f1', 6, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'roc_auc', 6, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'pr_auc', 6, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'brier', 6, 0.1347252393343887, 0.1347252393343887, 0.17860117509484225, -0.009898183961768697, -0.009898183961768697, 0.023550574916034656),
	(2, 'none', 'ece', 6, 0.3067556209216577, 0.3067556209216577, 0.3267933134228474, 0.1895985437757334, 0.013131642965483525, 0.1895985437757334),
	(2, 'none', 'f1', 7, 0.5, 0.5, 1, 0, 0, 0),
	(2, 'none', 'roc_auc', 7, 0.33333333333333337, 0.33333333333333337, 1, 0, 0, 0),
	(2, 'none', 'pr_auc', 7, 0.3333333333333333, 0.3333333432674408, 1, 0, 0, 0),
	(2, 'none', 'brier', 7, 0.20650153222206152, 0.20650153222206155, 0.2852336477856222, -0.0035420782129958195, -0.0035420782129957917, 0.03213257784517731),
	(2, 'none', 'ece', 7, 0.2415688807751739, 0.2415688807751739, 0.4011304164863793, -0.147468807739084, -0.14746880773908405, 0.0247140066519424),
	(2, 'none', 'f1', 8, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'roc_auc', 8, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'pr_auc', 8, 1, 1, 1, 0, 0, 0),
	(2, 'none', 'brier', 8, 0.14449626307625626, 0.14449626307625626, 0.2364432580900599, 0.008731647378138224, 0.008731647378138224, 0.04160972287748049),
	(2, 'none', 'ece', 8, 0.01806139272914229, 0.01806139272914229, 0.13996601196729747, -0.3064071519338099, -0.3064071519338099, -0.2999958969958927),
	(2, 'none', 'f1', 9, 0.6666666666666666, 0.6666666666666666, 1, 0, 0, 0),
	(2, 'none', 'roc_auc', 9, 0.6666666666666667, 0.6666666666666667, 1, 0, 0, 0),
	(2, 'none', 'pr_auc', 9, 0.5, 0.5, 1, 0, 0, 0),
	(2, 'none', 'brier', 9, 0.2550050536585006, 0.2550050536585006, 0.32979548158287003, -0.04172977264796435, -0.04172977264796435, 0.004846175835138189),
	(2, 'none', 'ece', 9, 0.4130908953573642, 0.4130908953573642, 0.48235981642051456, -0.03253600138291213, -0.03253600138291213, -0.003030171645765578),
	(2, 'none', 'f1_macro', NULL, 0.7814814814814816, 0.7814814814814814, 1, 0.05555555555555558, 0, 0.05555555555555547),
	(2, 'none', 'roc_auc_macro', NULL, 0.6851851851851852, 0.6851851851851852, 1, 0.07407407407407407, 0, 0.07407407407407407),
	(2, 'none', 'pr_auc_macro', NULL, 0.6851851851851851, 0.6851851907041338, 1, 0.07407407407407396, 0, 0.07407407297028434),
	(2, 'none', 'brier_macro', NULL, 0.18191042991738704, 0.18191042991738704, 0.2809266087038419, -0.001646319017226866, -0.001646319017226866, 0.038006792087155294),
	(2, 'none', 'ece_macro', NULL, 0.26894471291746913, 0.26894471291746913, 0.40558292300592474, -0.05150504214346663, -0.054168402602433774, 0.018371514494594843);


--
-- Data for Name: content_part; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.content_part VALUES
	('012568b597909db171ba34a81d89f81cffbee405aad6b5111b7a855b94f7e9f7', 'test', 1),
	('0490e3bcbce3aa9dda178294cce7691e0d6a2327c5829fb54e58cd160b66dd96', 'train', 1),
	('04d977ea4b894ce58697bffc94251aebeb211fd0029defc2d5ef45fec1cbaf7c', 'test', 1),
	('228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728', 'train', 1),
	('2b77ce2d0ebec3bdfc258e23585caabd2ca03d519d2c2ce06970ddcf13a41b61', 'train', 1),
	('368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e', 'test', 1),
	('386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152', 'test', 1),
	('3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903', 'train', 1),
	('4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c', 'validation', 1),
	('4dc85ee0e9a56403eeb8f2f84c7ac8538efbdc0134aeeed95777c2b3df4b7e22', 'validation', 1),
	('537a9b13805bca6b6d6bc735c9c2e894132a368b1585c61f8c43aaeca156dc31', 'test', 1),
	('599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786', 'test', 1),
	('5ca8eaccf736669551035323ebb4637272df4bd96fa1861c932c5c23a6872d5d', 'train', 1),
	('5ecb4cc89c07f771a7147628959af953730a24d02a2f4b1a3b0e970e81eef18c', 'train', 1),
	('619a0d86206d668e0f26f4a67c5b01b617bb701722dd9146f5fe1f5f7daa1b97', 'train', 1),
	('6545699d116fc3a8ecb5d11d81707e0d87c57d45a2e474a6192bef3fb4a741f1', 'train', 1),
	('68b3bdba87473dc67c4c3166067b653b730fad0566d274932119dee76b0fbd6f', 'test', 1),
	('7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d', 'train', 1),
	('860028d7635c0334bdc221fa61d4fdd2791b99ace5a5a04e024dc6a0b05123cc', 'test', 1),
	('899236d68e39d0e487d5280cd16bb9fcd73ed2db8bb9f0c84fb57224e1a24cad', 'test', 1),
	('8fadbd9ee0a51842b33b3683e79236271ec2426896088438a67f1cda48d0c99a', 'test', 1),
	('9244703694e86cf411050a94d2c7f33aeec0dd66e996a5bda28e92e43ee24847', 'train', 1),
	('928716c30a84b5429db2ed415f7796dbf70ab1be42b591b7fabc50d5d145b1c8', 'train', 1),
	('9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091', 'validation', 1),
	('9818b3f9e8e0d00b39256d3b4ac52328ccfb0c6b040eb700c4df6cfbadb54375', 'validation', 1),
	('9837ceb99594bee0804e78ac0b3bffda41f0f2bfcf3d1ae52b8477235db696e6', 'test', 1),
	('9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be', 'test', 1),
	('af6a72012528f4be3bf0fefa1a87cad8bc145ab544459a85fffe199fde98cdc9', 'test', 1),
	('b1f6a1034bd736d79bf136b9acca36c63c1ccb70f690e048f91619908961a176', 'test', 1),
	('b9e828c90da4de62a4b5bc83fb256535a6734bd65feb30d5d3144a4ab1caea9f', 'validation', 1),
	('bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541', 'train', 1),
	('bc020f85a651863eb9aa4bccd6711fe04f3a634b2583e0274f7d259691864ef2', 'train', 1),
	('bdba53a08fbfb61b7f38b33789429927ae932675e428bbca700398da79da9a24', 'train', 1),
	('c9e2b658565f63df66d22045f3d8cfc3454692edc415cb3701b3a15d988c9179', 'train', 1),
	('cebd643e6a5e431e8201584496c4501d5aeb5150e49b94fca7ef8efe34230732', 'test', 1),
	('cfd4db7dba124d755842303f4405c7f97eeb31b2f0ee422d75e5fee1db57f24a', 'validation', 1),
	('d1be3c714d1e4935d1d2ff1dd381f13b39873e445488d1cf04963ed2cb14a66a', 'test', 1),
	('d567a5d7b039da759ac90c921d4db4e409258896904ad655509bdafa41f633fc', 'train', 1),
	('db7ea770075ca3849c3116b27feae524ef32b2e3f62cde4dced81e2e22cc6619', 'train', 1),
	('dc6ef328a3d4b9f3af09de2d336a9a9e3da435de2ffe3f07992b05f1fd0e79b4', 'validation', 1),
	('e32f705c4fed49a5f5f6cfb9be825cb92ddd95b64f2b57c494cd50b02b732b6e', 'validation', 1),
	('f3b7d312e449c150b12c6490efbb4b63bb045bf5824832553211dcf406cf9a68', 'train', 1);


--
-- Data for Name: crossval; Type: TABLE DATA; Schema: mer; Owner: -
--



--
-- Data for Name: crossval_metric; Type: TABLE DATA; Schema: mer; Owner: -
--



--
-- Data for Name: drift; Type: TABLE DATA; Schema: mer; Owner: -
--



--
-- Data for Name: emotion_pair; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.emotion_pair VALUES
	(1, 2, 22, 14, 22, 14, -0.31532188773139386),
	(1, 3, 22, 14, 14, 9, 0.349782165154278),
	(1, 4, 22, 14, 20, 14, 0.2751079955227605),
	(1, 5, 22, 14, 4, 1, -0.46378468569836595),
	(1, 6, 22, 14, 5, 2, -0.2696768026105476),
	(1, 7, 22, 14, 18, 14, 0.8146544035572896),
	(1, 8, 22, 14, 2, 2, -0.19222772925425705),
	(1, 9, 22, 14, 10, 5, -0.45917365806555704),
	(2, 3, 22, 22, 14, 14, -0.585688559172165),
	(2, 4, 22, 22, 20, 20, 0.1559079324199213),
	(2, 5, 22, 22, 4, 4, -0.5451596641443084),
	(2, 6, 22, 22, 5, 5, 0.8711081372844244),
	(2, 7, 22, 22, 18, 18, 0.10221747934168737),
	(2, 8, 22, 22, 2, 2, 0.44956700616808837),
	(2, 9, 22, 22, 10, 10, -0.5272188565756726),
	(3, 4, 22, 14, 20, 12, -0.24722296323671464),
	(3, 5, 22, 14, 4, 4, 0.41627945964434915),
	(3, 6, 22, 14, 5, 1, -0.6121809188099357),
	(3, 7, 22, 14, 18, 11, 0.08059475367692702),
	(3, 8, 22, 14, 2, 0, -0.6285498424503942),
	(3, 9, 22, 14, 10, 8, 0.25427294320006466),
	(4, 5, 22, 20, 4, 2, -0.6634786841299884),
	(4, 6, 22, 20, 5, 5, 0.1689849893911046),
	(4, 7, 22, 20, 18, 18, 0.4013496855127278),
	(4, 8, 22, 20, 2, 2, 0.2239219741917005),
	(4, 9, 22, 20, 10, 8, -0.5841271205590423),
	(5, 6, 22, 4, 5, 0, -0.6091251463237691),
	(5, 7, 22, 4, 18, 1, -0.7287311309494822),
	(5, 8, 22, 4, 2, 0, -0.4676254954409591),
	(5, 9, 22, 4, 10, 4, 0.9234017349986984),
	(6, 7, 22, 5, 18, 5, 0.07956762723106003),
	(6, 8, 22, 5, 2, 1, 0.654972453249668),
	(6, 9, 22, 5, 10, 1, -0.5740943438826966),
	(7, 8, 22, 18, 2, 2, 0.03984689731592677),
	(7, 9, 22, 18, 10, 6, -0.6710967084149851),
	(8, 9, 22, 2, 10, 0, -0.4759927513014807);


--
-- Data for Name: label; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.label VALUES
	(1, 'amazement', 'amazement', 'Wonder and happiness at something unexpected.', '#0072B2', NULL, NULL, false),
	(2, 'solemnity', 'solemnity', 'Being moved or inspired by something greater than oneself; called transcendence in GEMS.', '#E69F00', NULL, NULL, false),
	(3, 'tenderness', 'tenderness', 'Affection and warmth, also love.', '#009E73', NULL, NULL, false),
	(4, 'nostalgia', 'nostalgia', 'Sentimental longing, dreamy and melancholic memories.', '#CC79A7', NULL, NULL, false),
	(5, 'calmness', 'calmness', 'Relaxation and serenity; called peacefulness in GEMS.', '#56B4E9', NULL, NULL, false),
	(6, 'power', 'power', 'Feeling strong, triumphant and energetic.', '#D55E00', NULL, NULL, false),
	(7, 'joyful_activation', 'joyful activation', 'Joy that makes one want to move or dance.', '#8A8A8A', NULL, NULL, false),
	(8, 'tension', 'tension', 'Nervousness, impatience or irritation.', '#0072B2', NULL, NULL, false),
	(9, 'sadness', 'sadness', 'Sorrow and depression.', '#E69F00', NULL, NULL, false);


--
-- Data for Name: label_set; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.label_set OVERRIDING SYSTEM VALUE VALUES
	(1, 'emotify', 1, 'multi', '2063b75ac4690a4c958a5235c2d62aa42212761d8beec7f69e1c2d833966b814', '{1,2,3,4,5,6,7,8,9}', '{"kind": "multi", "name": "emotify", "noun": ["emotion", "emotions"], "labels": [{"id": "amazement", "name": "amazement", "colour": "#0072B2", "arousal": null, "retired": false, "valence": null, "description": "Wonder and happiness at something unexpected."}, {"id": "solemnity", "name": "solemnity", "colour": "#E69F00", "arousal": null, "retired": false, "valence": null, "description": "Being moved or inspired by something greater than oneself; called transcendence in GEMS."}, {"id": "tenderness", "name": "tenderness", "colour": "#009E73", "arousal": null, "retired": false, "valence": null, "description": "Affection and warmth, also love."}, {"id": "nostalgia", "name": "nostalgia", "colour": "#CC79A7", "arousal": null, "retired": false, "valence": null, "description": "Sentimental longing, dreamy and melancholic memories."}, {"id": "calmness", "name": "calmness", "colour": "#56B4E9", "arousal": null, "retired": false, "valence": null, "description": "Relaxation and serenity; called peacefulness in GEMS."}, {"id": "power", "name": "power", "colour": "#D55E00", "arousal": null, "retired": false, "valence": null, "description": "Feeling strong, triumphant and energetic."}, {"id": "joyful_activation", "name": "joyful activation", "colour": "#8A8A8A", "arousal": null, "retired": false, "valence": null, "description": "Joy that makes one want to move or dance."}, {"id": "tension", "name": "tension", "colour": "#0072B2", "arousal": null, "retired": false, "valence": null, "description": "Nervousness, impatience or irritation."}, {"id": "sadness", "name": "sadness", "colour": "#E69F00", "arousal": null, "retired": false, "valence": null, "description": "Sorrow and depression."}], "version": 1}', '2026-11-30 15:07:38.813693+00');


--
-- Data for Name: listing_rows; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.listing_rows VALUES
	(1, 2, 'rock', true, '{0.32939414743652035,0.1250730769023973,0.4964738511684356,0.5898299583393931,0.3345798387204559,0.03312527783005725,0.3506870404043363,0.025292607901981987,0.39391534555751767}', '{1,2,3,4,7,9}'),
	(2, 2, 'rock', true, '{0.12977801413293333,0.6168405239499761,0.3440663499294524,0.6935680753767655,0.043356746989251745,0.42559909668752127,0.3374648484565313,0.21767113642343475,0.08868888302113753}', '{2,3,4,7}'),
	(3, 2, 'rock', true, '{0.853287532966343,0.19626974128652117,0.5208544647823623,0.5296378635404371,0.061253180594609914,0.2782221435368206,0.42346009464843837,0.038433514218705465,0.17382526187964348}', '{1,2,3,4,7}'),
	(4, 2, 'rock', true, '{0.2807579606144929,0.4026214591074065,0.14485741878800376,0.5333967867864636,0.11697030135733337,0.42168207373843725,0.26248758787793736,0.37583981265402977,0.12499107605683764}', '{1,2,4,7}'),
	(5, 2, 'rock', true, '{0.3870180157283717,0.12574194109879835,0.6053368457867428,0.6704736898174658,0.3163784302097085,0.05224199075879334,0.37672477369330043,0.015398926082538181,0.3208991175797661}', '{1,2,3,4,7,9}'),
	(6, 2, 'rock', true, '{0.29995316135001465,0.47564593973786595,0.28898829536299875,0.6284632844425835,0.0277504324656242,0.3578398245233027,0.32235665828553606,0.17215896160338276,0.0846225353430647}', '{1,2,4,7}'),
	(7, 2, 'rock', true, '{0.0860735801908798,0.6001104338566242,0.21280972089453312,0.5569422382159149,0.08490026736180192,0.755878862293057,0.2239633918257375,0.2574417403034328,0.13971865123107713}', '{2,4,6,7}'),
	(8, 2, 'rock', true, '{0.035837967917379414,0.13359480013881714,0.8635462585321779,0.2775651257813088,0.9794783830127282,0.0037431033756206737,0.02806974011105737,0.0012752521879766739,0.5036564836151106}', '{2,3,5,9}'),
	(9, 2, 'rock', true, '{0.3173434686923939,0.35972845687319865,0.43085206154754807,0.4829804497036703,0.2768399714983252,0.2677641029623232,0.3852581673031566,0.10900015382628139,0.20480840798538358}', '{1,2,3,4,7,9}'),
	(10, 2, 'rock', true, '{0.08482607860776466,0.35427238617420265,0.17162879252249963,0.5083292842833592,0.5272126078327031,0.09035731580067259,0.14569716941020347,0.0896218159182892,0.45492023737360776}', '{2,4,9}'),
	(11, 2, 'rock', true, '{0.173030060075056,0.14762576231199756,0.3905344317868653,0.6174919736657793,0.544124356296782,0.026149000914680903,0.18515745192606667,0.012306829766393372,0.5619329110158436}', '{1,2,3,4,5,7,9}'),
	(12, 2, 'pop', true, '{0.7925168430982683,0.20672083579232461,0.37255147539623235,0.5458567630578531,0.03802169036677862,0.10245386531594436,0.6963781259856564,0.10031723100632808,0.1278154425091115}', '{1,2,3,4,7}'),
	(13, 2, 'pop', true, '{0.21008866674593749,0.3686818279304507,0.16507672459212372,0.54123389103075,0.051864364973808315,0.516436548530329,0.3189268718988556,0.752217947306977,0.14047274295168918}', '{1,2,4,6,7,8}'),
	(14, 2, 'pop', true, '{0.11421683334912812,0.14187449566770308,0.3500995191940936,0.4718691697770357,0.6877239996066549,0.05727516539760569,0.08219875711246367,0.09377423167503113,0.6372584226172505}', '{2,3,4,5,9}'),
	(15, 2, 'pop', true, '{0.9051643833703141,0.1972942327268423,0.750047054805198,0.5694601635149424,0.16896756387641088,0.07157768735228912,0.5339555376203567,0.04421040796941523,0.14844499485465462}', '{1,2,3,4,7}'),
	(16, 2, 'pop', true, '{0.8076876993197663,0.2592509839963776,0.49530295400640567,0.5686157118355339,0.026368621168413355,0.07808756126985214,0.5530095133230634,0.03243055272336962,0.11435655596931182}', '{1,2,3,4,7}'),
	(17, 2, 'pop', true, '{0.08857182623989364,0.6603322876293658,0.24892266600395718,0.40008522755185677,0.06436539327528246,0.6858621292447146,0.4067967242166634,0.18264100088350355,0.26638496169195175}', '{2,4,6,7,9}'),
	(18, 2, 'pop', true, '{0.34229270382854887,0.2721709681569363,0.2783490254746677,0.5922638551715396,0.1369082351501266,0.27828388359109235,0.3264510886024342,0.5244423908183147,0.18648220089313158}', '{1,2,4,7,8}'),
	(19, 2, 'pop', true, '{0.4102163231107259,0.4393871620253454,0.36278403410417004,0.49599432539103067,0.19255443291022403,0.4369789159221229,0.4768668457857237,0.404366208744695,0.21570222476057133}', '{1,2,3,4,7,9}'),
	(20, 2, 'pop', true, '{0.022346618060729104,0.18027904969551806,0.41182518993867706,0.2754625969985014,0.8750499767476749,0.07561344705566805,0.04263241329206501,0.02724716882891768,0.728035992792146}', '{2,3,5,9}'),
	(21, 2, 'pop', true, '{0.310667648412934,0.3550688816699164,0.12539697753678342,0.6283984322885392,0.04227710397028428,0.44829010614094034,0.28979959362319113,0.3907031918965109,0.08369161803639892}', '{1,2,4,6,7}'),
	(22, 3, 'pop', true, '{0.12646417453044304,0.3795950360919334,0.35698045112846444,0.6517581163488692,0.08699384880831912,0.5292191633719162,0.25085448949298994,0.35038298481847563,0.1368983485749045}', '{2,3,4,6,7}');


--
-- Data for Name: metric; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.metric VALUES
	(1, 'test', 'track', 'hamming_loss', NULL, 0.6111111111111112, 0.5277777777777778, 0.6944444444444444, 0.25, 0.11811111111111111, 0.08333333333333333, 0.16006944444444413, 0.05066666666666666, 0.013888888888888888, 0.09722222222222222, 8),
	(1, 'test', 'track', 'hamming_loss', 1, 0.625, 0.5, 0.875, 0.25, 0.17525, 0.125, 0.25, 0.06775, 0, 0.25, 2),
	(1, 'test', 'track', 'f1', 1, 0.4444444444444444, 0.2222222222222222, 0.6666666666666666, 0.4, 0.7355333333333333, 0.5, 0.8, 0.8882666666666666, 0.5, 1, 2),
	(1, 'test', 'track', 'precision', 1, 0.2857142857142857, 0.125, 0.5, 0.25, 0.7736666666666665, 0.5, 1, 0.973, 0.5, 1, 2),
	(1, 'test', 'track', 'recall', 1, 1, 1, 1, 1, 0.7723333333333332, 0.3333333333333333, 1, 0.84, 0.5, 1, 2),
	(1, 'test', 'track', 'roc_auc', 1, 0.6666666666666667, 0.19999999999999996, 1, 0.5, 0.9517333333333333, 0.8, 1, 0.9938, 0.9166666666666666, 1, 2),
	(1, 'test', 'track', 'pr_auc', 1, 0.6666666666666666, 0.20000000298023224, 1, 0.25, 0.9266944499413173, 0.75, 1, 0.9906666674613953, 0.8333333730697632, 1, 2),
	(1, 'test', 'track', 'brier', 1, 0.16541339728391066, 0.09061291099422229, 0.2812867529650232, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'ece', 1, 0.15936721613237254, 0.09097222996812826, 0.4021292388533796, 0.0833333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'hamming_loss', 2, 0.875, 0.625, 1, 0.125, 0.07925, 0, 0.25, 0.0275, 0, 0.125, 1),
	(1, 'test', 'track', 'f1', 2, 0.2222222222222222, 0.2222222222222222, 0.5454545454545454, 0.2222222222222222, 0.7953333333333332, 0.5, 1, 0.9289999999999999, 0.6666666666666666, 1, 1),
	(1, 'test', 'track', 'precision', 2, 0.125, 0.125, 0.375, 0.125, 0.856, 0.5, 1, 1, 1, 1, 1),
	(1, 'test', 'track', 'recall', 2, 1, 1, 1, 1, 0.833, 0.5, 1, 0.8946666666666666, 0.5, 1, 1),
	(1, 'test', 'track', 'roc_auc', 2, 0.4285714285714286, 0, 0.8571428571428572, 0.5, 0.9541071428571429, 0.625, 1, 0.9988333333333332, 1, 1, 1),
	(1, 'test', 'track', 'pr_auc', 2, 0.2, 0.1428571492433548, 0.5, 0.125, 0.9293666706085205, 0.625, 1, 0.9976666672229767, 1, 1, 1),
	(1, 'test', 'track', 'brier', 2, 0.164728177681283, 0.1362209144741193, 0.2652175007634804, 0.11882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'track', 'ece', 2, 0.2197083630440192, 0.12355757500351978, 0.27929370988448404, 0.09722222222222225, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'track', 'hamming_loss', 3, 0.5, 0.125, 0.875, 0.375, 0.125, 0.125, 0.125, 0.05375, 0, 0.125, 3),
	(1, 'test', 'track', 'f1', 3, 0, 0, 0, 0.5454545454545454, 0.8571428571428571, 0.8571428571428571, 0.8571428571428571, 0.938504761904762, 0.8571428571428571, 1, 3),
	(1, 'test', 'track', 'precision', 3, 0, 0, 0, 0.375, 0.874, 0.75, 1, 0.9986666666666666, 1, 1, 3),
	(1, 'test', 'track', 'recall', 3, 0, 0, 0, 1, 0.876, 0.75, 1, 0.8937333333333334, 0.75, 1, 3),
	(1, 'test', 'track', 'roc_auc', 3, 0.2666666666666666, 0, 1, 0.5, 0.9945833333333334, 0.9375, 1, 0.9992416666666667, 1, 1, 3),
	(1, 'test', 'track', 'pr_auc', 3, 0.3472222222222222, 0.125, 1, 0.375, 0.9949523805379867, 0.9166666865348816, 1, 0.999333333214124, 1, 1, 3),
	(1, 'test', 'track', 'brier', 3, 0.28948011681618413, 0.1424782500579972, 0.4350606197258723, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'track', 'ece', 3, 0.20720033495765566, 0.09478434538988986, 0.6317241921538542, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'track', 'hamming_loss', 4, 0.625, 0.5, 0.875, 0.375, 0.1975, 0.125, 0.25, 0.07675, 0, 0.25, 3),
	(1, 'test', 'track', 'f1', 4, 0.5454545454545454, 0.2222222222222222, 0.6666666666666666, 0.5454545454545454, 0.7940952380952381, 0.75, 0.8571428571428571, 0.9139142857142857, 0.75, 1, 3),
	(1, 'test', 'track', 'precision', 4, 0.375, 0.125, 0.5, 0.375, 0.8382666666666666, 0.6, 1, 0.9946666666666666, 1, 1, 3),
	(1, 'test', 'track', 'recall', 4, 1, 1, 1, 1, 0.7944666666666667, 0.6, 1, 0.856, 0.6, 1, 3),
	(1, 'test', 'track', 'roc_auc', 4, 0.1333333333333333, 0, 0.4285714285714286, 0.5, 0.9349375, 0.78125, 1, 0.9920666666666668, 0.9375, 1, 3),
	(1, 'test', 'track', 'pr_auc', 4, 0.30277777777777776, 0.20000000298023224, 0.4464285671710968, 0.375, 0.9470441297928491, 0.8561458739638329, 1, 0.9935783321936925, 0.949999988079071, 1, 3),
	(1, 'test', 'track', 'brier', 4, 0.3760192782739684, 0.2929979994574474, 0.48253697914372207, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'track', 'ece', 4, 0.3725423798464758, 0.30065440312861436, 0.6812986376591126, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'track', 'hamming_loss', 5, 0.375, 0.125, 0.5, 0.25, 0.09725, 0, 0.25, 0.05175, 0, 0.25, 2),
	(1, 'test', 'track', 'f1', 5, 0, 0, 0, 0.4, 0.786653252850436, 0.5, 1, 0.8827609427609427, 0.5, 1, 2),
	(1, 'test', 'track', 'precision', 5, 0, 0, 0, 0.25, 0.8340040241448692, 0.3333333333333333, 1, 0.8545454545454545, 0.5, 1, 2),
	(1, 'test', 'track', 'recall', 5, 0, 0, 0, 1, 0.8209255533199196, 0.3333333333333333, 1, 0.9585858585858585, 0.5, 1, 2),
	(1, 'test', 'track', 'roc_auc', 5, 0.33333333333333337, 0, 0.4285714285714286, 0.5, 0.94683338123982, 0.75, 1, 0.9876575276575277, 0.8571428571428572, 1, 2),
	(1, 'test', 'track', 'pr_auc', 5, 0.26666666666666666, 0.20000000298023224, 0.4464285671710968, 0.25, 0.8601889205130852, 0.5, 1, 0.9621212134858975, 0.5, 1, 2),
	(1, 'test', 'track', 'brier', 5, 0.20588866168528203, 0.12627713605921403, 0.3353146433928695, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'ece', 5, 0.2568146912023762, 0.09393449900276576, 0.4814130476442512, 0.08333333333333329, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'hamming_loss', 6, 0.375, 0.125, 0.5, 0.125, 0.023, 0, 0.125, 0.01025, 0, 0.125, 1),
	(1, 'test', 'track', 'f1', 6, 0, 0, 0, 0.2222222222222222, 0.9386666666666668, 0.6666666666666666, 1, 0.973, 0.6666666666666666, 1, 1),
	(1, 'test', 'track', 'precision', 6, 0, 0, 0, 0.125, 0.952, 0.5, 1, 1, 1, 1, 1),
	(1, 'test', 'track', 'recall', 6, 0, 0, 0, 1, 0.956, 0.5, 1, 0.9596666666666667, 0.5, 1, 1),
	(1, 'test', 'track', 'roc_auc', 6, 0.2857142857142857, 0.1428571428571429, 0.8, 0.5, 0.9708333333333333, 0.6666666666666667, 1, 0.999, 1, 1, 1),
	(1, 'test', 'track', 'pr_auc', 6, 0.16666666666666666, 0.1428571492433548, 0.75, 0.125, 0.967, 0.625, 1, 0.9981666669845581, 1, 1, 1),
	(1, 'test', 'track', 'brier', 6, 0.16212940478410837, 0.1552809978080027, 0.26828325534029673, 0.15277777777777773, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'track', 'ece', 6, 0.29097675160072944, 0.2290273337580835, 0.42426674211991655, 0.2083333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'track', 'hamming_loss', 7, 0.75, 0.5, 1, 0.25, 0.02525, 0, 0.125, 0.0105, 0, 0.125, 2),
	(1, 'test', 'track', 'f1', 7, 0.4, 0.2222222222222222, 0.6666666666666666, 0.4, 0.9593333333333334, 0.8, 1, 0.9827333333333333, 0.8, 1, 2),
	(1, 'test', 'track', 'precision', 7, 0.25, 0.125, 0.5, 0.25, 0.9733333333333333, 0.6666666666666666, 1, 0.998, 1, 1, 2),
	(1, 'test', 'track', 'recall', 7, 1, 1, 1, 1, 0.959, 0.6666666666666666, 1, 0.973, 0.6666666666666666, 1, 2),
	(1, 'test', 'track', 'roc_auc', 7, 0.25, 0, 0.75, 0.5, 0.976, 0.7825000000000001, 1, 0.9998333333333332, 1, 1, 2),
	(1, 'test', 'track', 'pr_auc', 7, 0.24285714285714285, 0.125, 0.75, 0.25, 0.975, 0.7916666666666666, 1, 0.9996666667461396, 1, 1, 2),
	(1, 'test', 'track', 'brier', 7, 0.23004365076308095, 0.14113811924741476, 0.3702953906575547, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'ece', 7, 0.1929929948549966, 0.13309481425834147, 0.4904310701981562, 0.13888888888888887, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'hamming_loss', 8, 0.75, 0.5, 1, 0.25, 0.0835, 0, 0.125, 0.05175, 0, 0.125, 2),
	(1, 'test', 'track', 'f1', 8, 0.4, 0.2222222222222222, 0.6666666666666666, 0.4, 0.7773333333333332, 0.6666666666666666, 1, 0.862, 0.6666666666666666, 1, 2),
	(1, 'test', 'track', 'precision', 8, 0.25, 0.125, 0.5, 0.25, 0.87, 0.5, 1, 0.793, 0.5, 1, 2),
	(1, 'test', 'track', 'recall', 8, 1, 1, 1, 1, 0.796, 0.5, 1, 1, 1, 1, 2),
	(1, 'test', 'track', 'roc_auc', 8, 0.8333333333333334, 0.33333333333333337, 1, 0.5, 0.9942380952380951, 0.9583333333333334, 1, 1, 1, 1, 2),
	(1, 'test', 'track', 'pr_auc', 8, 0.75, 0.25, 1, 0.25, 0.9845833353996277, 0.8333333730697632, 1, 1, 1, 1, 2),
	(1, 'test', 'track', 'brier', 8, 0.15999563618377788, 0.0915377936119868, 0.26530190929899355, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'ece', 8, 0.1283144498128118, 0.024378783799048717, 0.340172470456666, 0.13888888888888884, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'hamming_loss', 9, 0.625, 0.5, 0.875, 0.25, 0.257, 0.125, 0.375, 0.106, 0, 0.25, 2),
	(1, 'test', 'track', 'f1', 9, 0.2857142857142857, 0, 0.6, 0.4, 0.6362095238095238, 0.4, 0.8, 0.8241619047619047, 0.5, 1, 2),
	(1, 'test', 'track', 'precision', 9, 0.2, 0, 0.42857142857142855, 0.25, 0.6682333333333333, 0.25, 1, 0.928, 0.5, 1, 2),
	(1, 'test', 'track', 'recall', 9, 0.5, 0, 1, 1, 0.6952999999999999, 0.3333333333333333, 1, 0.7758999999999998, 0.5, 1, 2),
	(1, 'test', 'track', 'roc_auc', 9, 0.5, 0.19999999999999996, 0.8, 0.5, 0.8866255952380953, 0.6875, 1, 0.9774916666666666, 0.8333333333333334, 1, 2),
	(1, 'test', 'track', 'pr_auc', 9, 0.3333333333333333, 0.20000000298023224, 0.75, 0.25, 0.8601644474903742, 0.625, 1, 0.9697444454034169, 0.75, 1, 2),
	(1, 'test', 'track', 'brier', 9, 0.2000800589460896, 0.12502832537328237, 0.31839235413372907, 0.1882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'ece', 9, 0.13767939085468514, 0.13021759468016045, 0.5095570156825986, 0.02777777777777779, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'track', 'f1_micro', NULL, 0.3333333333333333, 0.24242424242424243, 0.42424242424242425, 0.4, 0.7962565095571212, 0.7272727272727273, 0.8571428571428571, 0.904045178403114, 0.8205128205128205, 0.972972972972973, 8),
	(1, 'test', 'track', 'f1_samples', NULL, 0.3318452380952381, 0.24503968253968253, 0.4186507936507936, 0.3943181818181818, 0.7951541666666667, 0.7215401785714286, 0.8738095238095239, 0.9061113095238095, 0.8130357142857142, 0.975, 8),
	(1, 'test', 'track', 'precision_micro', NULL, 0.22916666666666666, 0.17391304347826086, 0.2978723404255319, 0.25, 0.8060134101712887, 0.68, 0.9444444444444444, 0.9475555555555557, 0.8333333333333334, 1, 8),
	(1, 'test', 'track', 'precision_samples', NULL, 0.22857142857142856, 0.1773809523809524, 0.29583333333333334, 0.25, 0.8341583333333333, 0.6924479166666667, 0.9583333333333333, 0.9507500000000001, 0.8541666666666666, 1, 8),
	(1, 'test', 'track', 'recall_micro', NULL, 0.6111111111111112, 0.4, 0.875, 1, 0.7936433213256284, 0.6818181818181818, 0.9411764705882353, 0.8671911942881306, 0.75, 1, 8),
	(1, 'test', 'track', 'recall_samples', NULL, 0.6666666666666666, 0.41666666666666663, 0.9166666666666666, 1, 0.8194416666666666, 0.6979166666666666, 0.9375, 0.8924500000000001, 0.78125, 1, 8),
	(1, 'test', 'track', 'roc_auc_micro', NULL, 0.4609053497942387, 0.3730769230769231, 0.5625, 0.5617283950617284, 0.9459598492558577, 0.8939936566671072, 0.9803392585990625, 0.9903928311711695, 0.9758117201426025, 1, 8),
	(1, 'test', 'track', 'pr_auc_micro', NULL, 0.2424209281668831, 0.2199839949607849, 0.32862724198235405, 0.2986111111111111, 0.9037797095001717, 0.8475171029049418, 0.9525679520198277, 0.976956929091729, 0.9458734946665557, 1, 8),
	(1, 'test', 'track', 'f1_macro', NULL, 0.2553150553150553, 0.2019640852974186, 0.4388888888888889, 0.39281705948372614, 0.8089573412698413, 0.7213492063492063, 0.8920436507936508, 0.9105183862433862, 0.8174603174603176, 0.9841269841269842, 8),
	(1, 'test', 'track', 'precision_macro', NULL, 0.16507936507936505, 0.12698412698412698, 0.3055555555555555, 0.25, 0.8488499999999999, 0.7129629629629629, 0.9629629629629629, 0.9489953703703704, 0.8333333333333334, 1, 8),
	(1, 'test', 'track', 'recall_macro', NULL, 0.6111111111111112, 0.42857142857142855, 0.8333333333333334, 1, 0.8337078703703703, 0.7090740740740741, 0.9444444444444444, 0.9056606481481481, 0.8055555555555556, 1, 8),
	(1, 'test', 'track', 'roc_auc_macro', NULL, 0.41084656084656085, 0.23265306122448978, 0.6250000000000001, 0.5, 0.956673123346561, 0.9045552248677248, 0.9925925925925926, 0.9942228835978837, 0.9731018518518518, 1, 8),
	(1, 'test', 'track', 'pr_auc_macro', NULL, 0.3640211640211641, 0.30813492227483674, 0.6116071426206164, 0.25, 0.9384054250863967, 0.871127313055374, 0.9907407407407409, 0.9901400311752602, 0.9444444444444444, 1, 8),
	(1, 'test', 'track', 'brier_macro', NULL, 0.21708648693529833, 0.19680312678493264, 0.27948382935265287, 0.1934156378600823, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(1, 'test', 'track', 'ece_macro', NULL, 0.2183996191451247, 0.2183996191451247, 0.3954929675103198, 0.10185185185185182, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(1, 'test', 'segment', 'hamming_loss', NULL, 0.6027777777777777, 0.5388888888888889, 0.6666666666666666, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'hamming_loss', 1, 0.575, 0.5, 0.675, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'f1', 1, 0.3783783783783784, 0.2, 0.56, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'precision', 1, 0.25925925925925924, 0.12, 0.4666666666666667, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'recall', 1, 0.7, 0.6, 0.8, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'roc_auc', 1, 0.6066666666666667, 0.43999999999999995, 0.8133333333333334, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'pr_auc', 1, 0.49786811067456227, 0.15565258264541626, 0.8526315689086914, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'brier', 1, 0.17565849471832573, 0.0988863029759692, 0.28992493160031674, 0.19444444444444445, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'ece', 1, 0.18905561944623167, 0.12353570513550409, 0.35735576609510555, 0.08333333333333334, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'hamming_loss', 2, 0.875, 0.625, 1, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'f1', 2, 0.2222222222222222, 0.2222222222222222, 0.5454545454545454, 0.2222222222222222, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'precision', 2, 0.125, 0.125, 0.375, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'recall', 2, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'roc_auc', 2, 0.4857142857142857, 0.384, 0.5657142857142857, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'pr_auc', 2, 0.17828005328005328, 0.15233333110809327, 0.41312071482340496, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'brier', 2, 0.18415587867269198, 0.15336943590482988, 0.2806303086314035, 0.11882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'ece', 2, 0.2608906772905885, 0.1378028749488573, 0.3054510523553009, 0.0972222222222223, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'hamming_loss', 3, 0.5, 0.15, 0.8, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'f1', 3, 0, 0, 0, 0.5454545454545454, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'precision', 3, 0, 0, 0, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'recall', 3, 0, 0, 0, 1, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'roc_auc', 3, 0.4213333333333333, 0.07999999999999996, 0.904, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'pr_auc', 3, 0.33580228301323634, 0.12696855068206786, 0.8279220581054687, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'brier', 3, 0.29599200578421175, 0.1508196853195946, 0.4420221806787733, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'ece', 3, 0.22523973599040686, 0.07827751599676089, 0.5167426173090403, 0.06944444444444449, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'hamming_loss', 4, 0.725, 0.6, 0.9, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'f1', 4, 0.43137254901960786, 0.18181818181818182, 0.5714285714285714, 0.5454545454545454, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'precision', 4, 0.3055555555555556, 0.10256410256410256, 0.4444444444444444, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'recall', 4, 0.7333333333333333, 0.6, 0.8, 1, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'roc_auc', 4, 0.22666666666666668, 0.040000000000000036, 0.36, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'pr_auc', 4, 0.26723389412333637, 0.11645667552947998, 0.43067164421081544, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'brier', 4, 0.3876232691523338, 0.3103620784650668, 0.49022555288147435, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'ece', 4, 0.36284450464352014, 0.31724923830910645, 0.6331352764292858, 0.06944444444444449, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(1, 'test', 'segment', 'hamming_loss', 5, 0.475, 0.35, 0.625, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'f1', 5, 0.17391304347826086, 0.1, 0.25, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'precision', 5, 0.15384615384615385, 0.06666666666666667, 0.3333333333333333, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'recall', 5, 0.2, 0.2, 0.2, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'roc_auc', 5, 0.44999999999999996, 0.37, 0.4933333333333333, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'pr_auc', 5, 0.2497856524886558, 0.13746031522750854, 0.4524538516998291, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'brier', 5, 0.22067073773187004, 0.13757098697588446, 0.3410126082952932, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'ece', 5, 0.16052713804550398, 0.1301282560965446, 0.31705556413613023, 0.08333333333333323, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'track', 'brier', 1, 0.12168040991063586, 0.05206298029130052, 0.2534309878925232, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'segment', 'hamming_loss', 6, 0.45, 0.4, 0.5, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'f1', 6, 0, 0, 0, 0.2222222222222222, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'precision', 6, 0, 0, 0, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'recall', 6, 0, 0, 0, 1, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'roc_auc', 6, 0.3828571428571429, 0.31999999999999995, 0.5680000000000001, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'pr_auc', 6, 0.11759577626585299, 0.10803186893463135, 0.4927861531575521, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'brier', 6, 0.17883750574810223, 0.16484688430318076, 0.2680788368224644, 0.15277777777777773, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'ece', 6, 0.2042547776424953, 0.1265085806171394, 0.3019085984667814, 0.20833333333333326, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(1, 'test', 'segment', 'hamming_loss', 7, 0.7, 0.4, 1, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'f1', 7, 0.4166666666666667, 0.2222222222222222, 0.7142857142857143, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'precision', 7, 0.2631578947368421, 0.125, 0.5555555555555556, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'recall', 7, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'roc_auc', 7, 0.2833333333333333, 0.013333333333333308, 0.6, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'pr_auc', 7, 0.19151344626882677, 0.08050460815429687, 0.5682027180989583, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'brier', 7, 0.2354355132760441, 0.14537454483184428, 0.3745113853865564, 0.20679012345679015, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'ece', 7, 0.23483362114612794, 0.1397928426324862, 0.49635700375217906, 0.13888888888888898, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'hamming_loss', 8, 0.675, 0.45, 0.9, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'f1', 8, 0.425531914893617, 0.22727272727272727, 0.6896551724137931, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'precision', 8, 0.2702702702702703, 0.1282051282051282, 0.5263157894736842, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'recall', 8, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'roc_auc', 8, 0.8, 0.5333333333333333, 1, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'pr_auc', 8, 0.49545182400445553, 0.19305419921875, 1, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'brier', 8, 0.16824737410947135, 0.09841187880782039, 0.272084802314342, 0.20679012345679015, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'ece', 8, 0.1808635173139639, 0.07922358544893263, 0.3409406946614212, 0.13888888888888912, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'hamming_loss', 9, 0.45, 0.35, 0.575, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'f1', 9, 0.4, 0.09090909090909091, 0.6818181818181818, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'precision', 9, 0.3, 0.058823529411764705, 0.5454545454545454, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'recall', 9, 0.6, 0.2, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'roc_auc', 9, 0.49, 0.32571428571428573, 0.72, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'pr_auc', 9, 0.2578903278129284, 0.10676470994949341, 0.6042634010314941, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'brier', 9, 0.20589870670922839, 0.12838351025057151, 0.3272184490741368, 0.1882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'ece', 9, 0.14183228041130583, 0.06731987585528043, 0.38043534958494013, 0.027777777777777724, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(1, 'test', 'segment', 'f1_micro', NULL, 0.31974921630094044, 0.25, 0.389937106918239, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'f1_samples', NULL, 0.31805555555555554, 0.2469444444444444, 0.38916666666666666, 0.39431818181818185, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'precision_micro', NULL, 0.22270742358078602, 0.18181818181818182, 0.2608695652173913, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'precision_samples', NULL, 0.22348214285714282, 0.18232142857142858, 0.2648809523809524, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'recall_micro', NULL, 0.5666666666666667, 0.4, 0.775, 1, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'recall_samples', NULL, 0.6166666666666666, 0.4083333333333333, 0.825, 1, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'roc_auc_micro', NULL, 0.4821810699588478, 0.4271855769230769, 0.5546428571428572, 0.5617283950617284, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'pr_auc_micro', NULL, 0.23287441227422245, 0.20709121227264404, 0.2842989730834961, 0.2986111111111111, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'f1_macro', NULL, 0.2720094194065281, 0.2206511945446679, 0.4362866762866762, 0.39281705948372614, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'precision_macro', NULL, 0.18634323707423125, 0.15480608572713836, 0.31858026161431735, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'recall_macro', NULL, 0.5814814814814814, 0.4428571428571429, 0.75, 1, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'roc_auc_macro', NULL, 0.46073015873015877, 0.37395918367346936, 0.6111428571428571, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'pr_auc_macro', NULL, 0.28793570754798975, 0.2693733815793638, 0.48843459132644784, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'brier_macro', NULL, 0.22805772065580884, 0.20715431345031388, 0.2883883289431727, 0.1934156378600823, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'segment', 'ece_macro', NULL, 0.2178157635477938, 0.2178157635477938, 0.32369626123772227, 0.10185185185185189, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(1, 'test', 'uncalibrated', 'brier', 1, 0.17610858016559616, 0.12099016919150596, 0.2502658252505384, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'ece', 1, 0.22819829266518354, 0.059348364174366, 0.4051804028451442, 0.0833333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'brier', 2, 0.3698286506035788, 0.30783146514168547, 0.407591951945234, 0.11882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'uncalibrated', 'ece', 2, 0.5025720030069352, 0.25223692655563357, 0.5328959964215756, 0.09722222222222225, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'uncalibrated', 'brier', 3, 0.3231897748454253, 0.1976108287071171, 0.4458921403858318, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'uncalibrated', 'ece', 3, 0.34521379545331, 0.19339335560798646, 0.661037865281105, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'uncalibrated', 'brier', 4, 0.3803280436052028, 0.2963391974525982, 0.4873729558996138, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'uncalibrated', 'ece', 4, 0.3757530227303505, 0.3101374417543411, 0.6842795521020889, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(1, 'test', 'uncalibrated', 'brier', 5, 0.2427890160092147, 0.19475745503613973, 0.2903876841308056, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'ece', 5, 0.18794379886239765, 0.1684992225840688, 0.5282375650480389, 0.08333333333333329, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'brier', 6, 0.27805226585895315, 0.2315565835778804, 0.2969938151363308, 0.15277777777777773, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'uncalibrated', 'ece', 6, 0.39318812265992165, 0.27490622699260714, 0.533608054369688, 0.2083333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(1, 'test', 'uncalibrated', 'brier', 7, 0.31820272905669683, 0.21609480978499973, 0.42950048798455087, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'ece', 7, 0.47185671292245385, 0.3653973463922739, 0.6462319921702145, 0.13888888888888887, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'brier', 8, 0.16397439358985821, 0.11133825186834626, 0.2378932401095163, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'ece', 8, 0.11155101042240859, 0.05025038979947567, 0.3114453922957182, 0.13888888888888884, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'brier', 9, 0.1995148649592399, 0.11109330142741408, 0.3475186986255532, 0.1882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'ece', 9, 0.12312618857249616, 0.08832586286589503, 0.4313568160869181, 0.02777777777777779, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(1, 'test', 'uncalibrated', 'brier_macro', NULL, 0.2724431465215295, 0.22802559075092507, 0.3095772151547284, 0.1934156378600823, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(1, 'test', 'uncalibrated', 'ece_macro', NULL, 0.3043781052550508, 0.3043781052550508, 0.4366578637063503, 0.10185185185185182, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(2, 'test', 'track', 'hamming_loss', NULL, 0.4166666666666667, 0.3055555555555556, 0.5416666666666666, 0.25, 0.11811111111111111, 0.08333333333333333, 0.16006944444444413, 0.05066666666666666, 0.013888888888888888, 0.09722222222222222, 8),
	(2, 'test', 'track', 'hamming_loss', 1, 0.5, 0.5, 0.5, 0.25, 0.17525, 0.125, 0.25, 0.06775, 0, 0.25, 2),
	(2, 'test', 'track', 'f1', 1, 0.5, 0.3333333333333333, 0.6666666666666666, 0.4, 0.7355333333333333, 0.5, 0.8, 0.8882666666666666, 0.5, 1, 2),
	(2, 'test', 'track', 'precision', 1, 0.3333333333333333, 0.2, 0.5, 0.25, 0.7736666666666665, 0.5, 1, 0.973, 0.5, 1, 2),
	(2, 'test', 'track', 'recall', 1, 1, 1, 1, 1, 0.7723333333333332, 0.3333333333333333, 1, 0.84, 0.5, 1, 2),
	(2, 'test', 'track', 'roc_auc', 1, 0.75, 0.19999999999999996, 1, 0.5, 0.9517333333333333, 0.8, 1, 0.9938, 0.9166666666666666, 1, 2),
	(2, 'test', 'track', 'pr_auc', 1, 0.7, 0.20000000298023224, 1, 0.25, 0.9266944499413173, 0.75, 1, 0.9906666674613953, 0.8333333730697632, 1, 2),
	(2, 'test', 'track', 'ece', 1, 0.2267951337083917, 0.15264292681460548, 0.45792051380440374, 0.0833333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'hamming_loss', 2, 0.875, 0.625, 1, 0.125, 0.07925, 0, 0.25, 0.0275, 0, 0.125, 1),
	(2, 'test', 'track', 'f1', 2, 0.2222222222222222, 0.2222222222222222, 0.5454545454545454, 0.2222222222222222, 0.7953333333333332, 0.5, 1, 0.9289999999999999, 0.6666666666666666, 1, 1),
	(2, 'test', 'track', 'precision', 2, 0.125, 0.125, 0.375, 0.125, 0.856, 0.5, 1, 1, 1, 1, 1),
	(2, 'test', 'track', 'recall', 2, 1, 1, 1, 1, 0.833, 0.5, 1, 0.8946666666666666, 0.5, 1, 1),
	(2, 'test', 'track', 'roc_auc', 2, 0.4285714285714286, 0.19999999999999996, 0.4285714285714286, 0.5, 0.9541071428571429, 0.625, 1, 0.9988333333333332, 1, 1, 1),
	(2, 'test', 'track', 'pr_auc', 2, 0.2, 0.20000000298023224, 0.4285714228947957, 0.125, 0.9293666706085205, 0.625, 1, 0.9976666672229767, 1, 1, 1),
	(2, 'test', 'track', 'brier', 2, 0.17314752086413887, 0.14353078324711194, 0.2544052060471633, 0.11882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'track', 'ece', 2, 0.27852397987944555, 0.18211108390646547, 0.2964017799367512, 0.09722222222222225, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'track', 'hamming_loss', 3, 0.25, 0, 0.5, 0.375, 0.125, 0.125, 0.125, 0.05375, 0, 0.125, 3),
	(2, 'test', 'track', 'f1', 3, 0.75, 0.4, 1, 0.5454545454545454, 0.8571428571428571, 0.8571428571428571, 0.8571428571428571, 0.938504761904762, 0.8571428571428571, 1, 3),
	(2, 'test', 'track', 'precision', 3, 0.6, 0.25, 1, 0.375, 0.874, 0.75, 1, 0.9986666666666666, 1, 1, 3),
	(2, 'test', 'track', 'recall', 3, 1, 1, 1, 1, 0.876, 0.75, 1, 0.8937333333333334, 0.75, 1, 3),
	(2, 'test', 'track', 'roc_auc', 3, 0.8666666666666667, 0.5714285714285714, 1, 0.5, 0.9945833333333334, 0.9375, 1, 0.9992416666666667, 1, 1, 3),
	(2, 'test', 'track', 'pr_auc', 3, 0.8055555555555556, 0.25, 1, 0.375, 0.9949523805379867, 0.9166666865348816, 1, 0.999333333214124, 1, 1, 3),
	(2, 'test', 'track', 'brier', 3, 0.15710654242379293, 0.1328865713530033, 0.18132651349458256, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'track', 'ece', 3, 0.3672165703603238, 0.3373408332866555, 0.4033036182324133, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'track', 'hamming_loss', 4, 0.625, 0.5, 0.875, 0.375, 0.1975, 0.125, 0.25, 0.07675, 0, 0.25, 3),
	(2, 'test', 'track', 'f1', 4, 0.5454545454545454, 0.2222222222222222, 0.6666666666666666, 0.5454545454545454, 0.7940952380952381, 0.75, 0.8571428571428571, 0.9139142857142857, 0.75, 1, 3),
	(2, 'test', 'track', 'precision', 4, 0.375, 0.125, 0.5, 0.375, 0.8382666666666666, 0.6, 1, 0.9946666666666666, 1, 1, 3),
	(2, 'test', 'track', 'recall', 4, 1, 1, 1, 1, 0.7944666666666667, 0.6, 1, 0.856, 0.6, 1, 3),
	(2, 'test', 'track', 'roc_auc', 4, 0.4666666666666666, 0, 1, 0.5, 0.9349375, 0.78125, 1, 0.9920666666666668, 0.9375, 1, 3),
	(2, 'test', 'track', 'pr_auc', 4, 0.4583333333333333, 0.25, 1, 0.375, 0.9470441297928491, 0.8561458739638329, 1, 0.9935783321936925, 0.949999988079071, 1, 3),
	(2, 'test', 'track', 'brier', 4, 0.280445762818878, 0.25731539141088167, 0.30919203642771687, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'track', 'ece', 4, 0.3338398116103497, 0.23832760210199327, 0.5268065981950489, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'track', 'hamming_loss', 5, 0.25, 0, 0.5, 0.25, 0.09725, 0, 0.25, 0.05175, 0, 0.25, 2),
	(2, 'test', 'track', 'f1', 5, 0, 0, 0, 0.4, 0.786653252850436, 0.5, 1, 0.8827609427609427, 0.5, 1, 2),
	(2, 'test', 'track', 'precision', 5, 0, 0, 0, 0.25, 0.8340040241448692, 0.3333333333333333, 1, 0.8545454545454545, 0.5, 1, 2),
	(2, 'test', 'track', 'recall', 5, 0, 0, 0, 1, 0.8209255533199196, 0.3333333333333333, 1, 0.9585858585858585, 0.5, 1, 2),
	(2, 'test', 'track', 'roc_auc', 5, 1, 1, 1, 0.5, 0.94683338123982, 0.75, 1, 0.9876575276575277, 0.8571428571428572, 1, 2),
	(2, 'test', 'track', 'pr_auc', 5, 1, 1, 1, 0.25, 0.8601889205130852, 0.5, 1, 0.9621212134858975, 0.5, 1, 2),
	(2, 'test', 'track', 'brier', 5, 0.10789143596186265, 0.05448771158508726, 0.18620802163958283, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'ece', 5, 0.16849996951778462, 0.03871804934157131, 0.3646010679836045, 0.08333333333333329, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'hamming_loss', 6, 0.125, 0, 0.375, 0.125, 0.023, 0, 0.125, 0.01025, 0, 0.125, 1),
	(2, 'test', 'track', 'f1', 6, 0, 0, 0, 0.2222222222222222, 0.9386666666666668, 0.6666666666666666, 1, 0.973, 0.6666666666666666, 1, 1),
	(2, 'test', 'track', 'precision', 6, 0, 0, 0, 0.125, 0.952, 0.5, 1, 1, 1, 1, 1),
	(2, 'test', 'track', 'recall', 6, 0, 0, 0, 1, 0.956, 0.5, 1, 0.9596666666666667, 0.5, 1, 1),
	(2, 'test', 'track', 'roc_auc', 6, 1, 1, 1, 0.5, 0.9708333333333333, 0.6666666666666667, 1, 0.999, 1, 1, 1),
	(2, 'test', 'track', 'pr_auc', 6, 1, 1, 1, 0.125, 0.967, 0.625, 1, 0.9981666669845581, 1, 1, 1),
	(2, 'test', 'track', 'brier', 6, 0.09961220489891401, 0.07769204575983252, 0.15604054721738775, 0.15277777777777773, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'track', 'ece', 6, 0.15403368562325143, 0.11601656273522984, 0.2725874952738255, 0.2083333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'track', 'hamming_loss', 7, 0.625, 0.5, 0.875, 0.25, 0.02525, 0, 0.125, 0.0105, 0, 0.125, 2),
	(2, 'test', 'track', 'f1', 7, 0.4444444444444444, 0.2222222222222222, 0.6666666666666666, 0.4, 0.9593333333333334, 0.8, 1, 0.9827333333333333, 0.8, 1, 2),
	(2, 'test', 'track', 'precision', 7, 0.2857142857142857, 0.125, 0.5, 0.25, 0.9733333333333333, 0.6666666666666666, 1, 0.998, 1, 1, 2),
	(2, 'test', 'track', 'recall', 7, 1, 1, 1, 1, 0.959, 0.6666666666666666, 1, 0.973, 0.6666666666666666, 1, 2),
	(2, 'test', 'track', 'roc_auc', 7, 0.6666666666666667, 0, 1, 0.5, 0.976, 0.7825000000000001, 1, 0.9998333333333332, 1, 1, 2),
	(2, 'test', 'track', 'pr_auc', 7, 0.6666666666666666, 0.1428571492433548, 1, 0.25, 0.975, 0.7916666666666666, 1, 0.9996666667461396, 1, 1, 2),
	(2, 'test', 'track', 'brier', 7, 0.1761169368545318, 0.12218312022499661, 0.2550287606629981, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'ece', 7, 0.21965201884782037, 0.05750919217304914, 0.38179484552259163, 0.13888888888888887, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'hamming_loss', 8, 0.25, 0, 0.5, 0.25, 0.0835, 0, 0.125, 0.05175, 0, 0.125, 2),
	(2, 'test', 'track', 'f1', 8, 0, 0, 0, 0.4, 0.7773333333333332, 0.6666666666666666, 1, 0.862, 0.6666666666666666, 1, 2),
	(2, 'test', 'track', 'precision', 8, 0, 0, 0, 0.25, 0.87, 0.5, 1, 0.793, 0.5, 1, 2),
	(2, 'test', 'track', 'recall', 8, 0, 0, 0, 1, 0.796, 0.5, 1, 1, 1, 1, 2),
	(2, 'test', 'track', 'roc_auc', 8, 1, 1, 1, 0.5, 0.9942380952380951, 0.9583333333333334, 1, 1, 1, 1, 2),
	(2, 'test', 'track', 'pr_auc', 8, 1, 1, 1, 0.25, 0.9845833353996277, 0.8333333730697632, 1, 1, 1, 1, 2),
	(2, 'test', 'track', 'brier', 8, 0.13169002246124184, 0.057594389539136995, 0.2557808592150327, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'ece', 8, 0.23204937880921434, 0.15454143083513602, 0.37072627572767086, 0.13888888888888884, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'hamming_loss', 9, 0.25, 0, 0.5, 0.25, 0.257, 0.125, 0.375, 0.106, 0, 0.25, 2),
	(2, 'test', 'track', 'f1', 9, 0.6666666666666666, 0.4, 1, 0.4, 0.6362095238095238, 0.4, 0.8, 0.8241619047619047, 0.5, 1, 2),
	(2, 'test', 'track', 'precision', 9, 0.5, 0.25, 1, 0.25, 0.6682333333333333, 0.25, 1, 0.928, 0.5, 1, 2),
	(2, 'test', 'track', 'recall', 9, 1, 1, 1, 1, 0.6952999999999999, 0.3333333333333333, 1, 0.7758999999999998, 0.5, 1, 2),
	(2, 'test', 'track', 'roc_auc', 9, 0.9166666666666667, 0.6666666666666667, 1, 0.5, 0.8866255952380953, 0.6875, 1, 0.9774916666666666, 0.8333333333333334, 1, 2),
	(2, 'test', 'track', 'pr_auc', 9, 0.8333333333333333, 0.3333333432674408, 1, 0.25, 0.8601644474903742, 0.625, 1, 0.9697444454034169, 0.75, 1, 2),
	(2, 'test', 'track', 'brier', 9, 0.12703380272459855, 0.07422117882079157, 0.20184935339954502, 0.1882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'ece', 9, 0.18840018297189692, 0.08369330600207778, 0.3784028970937686, 0.02777777777777779, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'track', 'f1_micro', NULL, 0.4642857142857143, 0.2962962962962963, 0.6206896551724138, 0.4, 0.7962565095571212, 0.7272727272727273, 0.8571428571428571, 0.904045178403114, 0.8205128205128205, 0.972972972972973, 8),
	(2, 'test', 'track', 'f1_samples', NULL, 0.439484126984127, 0.25396825396825395, 0.625, 0.3943181818181818, 0.7951541666666667, 0.7215401785714286, 0.8738095238095239, 0.9061113095238095, 0.8130357142857142, 0.975, 8),
	(2, 'test', 'track', 'precision_micro', NULL, 0.34210526315789475, 0.21052631578947367, 0.47368421052631576, 0.25, 0.8060134101712887, 0.68, 0.9444444444444444, 0.9475555555555557, 0.8333333333333334, 1, 8),
	(2, 'test', 'track', 'precision_samples', NULL, 0.3416666666666667, 0.18333333333333335, 0.5, 0.25, 0.8341583333333333, 0.6924479166666667, 0.9583333333333333, 0.9507500000000001, 0.8541666666666666, 1, 8),
	(2, 'test', 'track', 'recall_micro', NULL, 0.7222222222222222, 0.5, 0.9, 1, 0.7936433213256284, 0.6818181818181818, 0.9411764705882353, 0.8671911942881306, 0.75, 1, 8),
	(2, 'test', 'track', 'recall_samples', NULL, 0.6666666666666666, 0.41666666666666663, 0.9166666666666666, 1, 0.8194416666666666, 0.6979166666666666, 0.9375, 0.8924500000000001, 0.78125, 1, 8),
	(2, 'test', 'track', 'roc_auc_micro', NULL, 0.7973251028806584, 0.7076923076923076, 0.8775720164609053, 0.5617283950617284, 0.9459598492558577, 0.8939936566671072, 0.9803392585990625, 0.9903928311711695, 0.9758117201426025, 1, 8),
	(2, 'test', 'track', 'pr_auc_micro', NULL, 0.5221012662725243, 0.44741039276123046, 0.6393022007412381, 0.2986111111111111, 0.9037797095001717, 0.8475171029049418, 0.9525679520198277, 0.976956929091729, 0.9458734946665557, 1, 8),
	(2, 'test', 'track', 'f1_macro', NULL, 0.3476430976430976, 0.24300144300144297, 0.5682539682539682, 0.39281705948372614, 0.8089573412698413, 0.7213492063492063, 0.8920436507936508, 0.9105183862433862, 0.8174603174603176, 0.9841269841269842, 8),
	(2, 'test', 'track', 'precision_macro', NULL, 0.24656084656084656, 0.16122448979591836, 0.46887755102040823, 0.25, 0.8488499999999999, 0.7129629629629629, 0.9629629629629629, 0.9489953703703704, 0.8333333333333334, 1, 8),
	(2, 'test', 'track', 'recall_macro', NULL, 0.6666666666666666, 0.5714285714285714, 0.8571428571428571, 1, 0.8337078703703703, 0.7090740740740741, 0.9444444444444444, 0.9056606481481481, 0.8055555555555556, 1, 8),
	(2, 'test', 'track', 'roc_auc_macro', NULL, 0.7883597883597884, 0.6328125, 0.9183673469387755, 0.5, 0.956673123346561, 0.9045552248677248, 0.9925925925925926, 0.9942228835978837, 0.9731018518518518, 1, 8),
	(2, 'test', 'track', 'pr_auc_macro', NULL, 0.740432098765432, 0.6362244898364657, 0.944444457689921, 0.25, 0.9384054250863967, 0.871127313055374, 0.9907407407407409, 0.9901400311752602, 0.9444444444444444, 1, 8),
	(2, 'test', 'track', 'brier_macro', NULL, 0.15274718210206606, 0.13675175104158888, 0.19253910515968664, 0.1934156378600823, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(2, 'test', 'track', 'ece_macro', NULL, 0.24100119236983092, 0.20640397613156042, 0.30809883419896333, 0.10185185185185182, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(2, 'test', 'segment', 'hamming_loss', NULL, 0.41944444444444445, 0.32222222222222224, 0.5166666666666667, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'hamming_loss', 1, 0.475, 0.35, 0.6, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'f1', 1, 0.4864864864864865, 0.26666666666666666, 0.72, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'precision', 1, 0.3333333333333333, 0.16, 0.6, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'recall', 1, 0.9, 0.8, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'roc_auc', 1, 0.7866666666666666, 0.552, 1, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'pr_auc', 1, 0.6508002189381501, 0.19826841354370117, 1, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'brier', 1, 0.14992805177739638, 0.06393827502804442, 0.30170524580713665, 0.19444444444444445, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'ece', 1, 0.15454522908324986, 0.1390288242253362, 0.3582091936168875, 0.08333333333333334, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'hamming_loss', 2, 0.825, 0.6, 0.975, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'f1', 2, 0.23255813953488372, 0.2222222222222222, 0.5555555555555556, 0.2222222222222222, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'precision', 2, 0.13157894736842105, 0.125, 0.38461538461538464, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'recall', 2, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'roc_auc', 2, 0.5885714285714285, 0.496, 0.6342857142857143, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'pr_auc', 2, 0.16545356799707178, 0.1502406358718872, 0.44285713831583656, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'brier', 2, 0.1920263814806082, 0.16763963558647688, 0.2709840362249003, 0.11882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'ece', 2, 0.23088932599861806, 0.18450609617142638, 0.3058415802536394, 0.0972222222222223, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'hamming_loss', 3, 0.325, 0.15, 0.5, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'f1', 3, 0.6666666666666666, 0.2962962962962963, 0.8571428571428571, 0.5454545454545454, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'precision', 3, 0.5416666666666666, 0.18181818181818182, 0.8421052631578947, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'recall', 3, 0.8666666666666667, 0.8, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'roc_auc', 3, 0.8026666666666666, 0.6799999999999999, 0.97, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'pr_auc', 3, 0.7129477407124466, 0.4214646339416504, 0.9680302619934082, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'brier', 3, 0.17324533476283016, 0.14539142616385958, 0.20804731659830972, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'ece', 3, 0.08020563930959099, 0.08020563930959099, 0.2769406899325251, 0.06944444444444449, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'hamming_loss', 4, 0.625, 0.5, 0.8, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'f1', 4, 0.5098039215686274, 0.2, 0.6440677966101694, 0.5454545454545454, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'precision', 4, 0.3611111111111111, 0.11428571428571428, 0.5, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'recall', 4, 0.8666666666666667, 0.8, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'roc_auc', 4, 0.5413333333333333, 0.37, 0.8133333333333334, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'pr_auc', 4, 0.46457543813064966, 0.2512761116027832, 0.6969230651855469, 0.375, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'brier', 4, 0.29012056487972504, 0.26461985415897943, 0.3218484567051467, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'ece', 4, 0.2418935521643779, 0.1940892516947394, 0.4348236706903272, 0.06944444444444449, NULL, NULL, NULL, NULL, NULL, NULL, 15),
	(2, 'test', 'segment', 'hamming_loss', 5, 0.2, 0.05, 0.35, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'f1', 5, 0.42857142857142855, 0.25, 0.5714285714285714, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'precision', 5, 0.75, 0.3333333333333333, 1, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'recall', 5, 0.3, 0.2, 0.4, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'roc_auc', 5, 0.8966666666666667, 0.84, 0.992, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'pr_auc', 5, 0.7753221288515406, 0.4929670333862305, 0.9875, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'brier', 5, 0.1177032976899656, 0.0684498117815312, 0.18850871673277628, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'ece', 5, 0.08714589497479133, 0.06624268547660608, 0.27677082622946064, 0.08333333333333323, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'hamming_loss', 6, 0.225, 0.125, 0.35, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'f1', 6, 0.4, 0.3333333333333333, 0.72, 0.2222222222222222, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'precision', 6, 0.3, 0.23076923076923078, 0.9, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'recall', 6, 0.6, 0.6, 0.6, 1, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'roc_auc', 6, 0.7885714285714287, 0.7142857142857143, 0.952, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'pr_auc', 6, 0.35, 0.27801122665405276, 0.9293233235677083, 0.125, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'brier', 6, 0.12501756301458472, 0.09733440448292607, 0.16761921542444372, 0.15277777777777773, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'ece', 6, 0.1632381755914729, 0.1043963882181594, 0.2751213251565937, 0.20833333333333326, NULL, NULL, NULL, NULL, NULL, NULL, 5),
	(2, 'test', 'segment', 'hamming_loss', 7, 0.625, 0.45, 0.875, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'f1', 7, 0.4444444444444444, 0.22727272727272727, 0.6896551724137931, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'precision', 7, 0.2857142857142857, 0.1282051282051282, 0.5263157894736842, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'recall', 7, 1, 1, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'roc_auc', 7, 0.63, 0.41333333333333333, 0.8, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'pr_auc', 7, 0.4772728467911024, 0.15222017765045165, 0.7861593246459961, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'brier', 7, 0.18550939413795225, 0.1319511014591454, 0.26377883326954377, 0.20679012345679015, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'ece', 7, 0.11580671788173509, 0.08973275932883021, 0.23262409399582742, 0.13888888888888898, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'hamming_loss', 8, 0.225, 0, 0.45, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'f1', 8, 0.18181818181818182, 0, 0.3333333333333333, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'precision', 8, 1, 0, 1, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'recall', 8, 0.1, 0, 0.2, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'roc_auc', 8, 0.9500000000000001, 0.8914285714285715, 1, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'pr_auc', 8, 0.8322069597069597, 0.4375757694244385, 1, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'brier', 8, 0.13348729443325558, 0.06094574919857941, 0.2529008304935937, 0.20679012345679015, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'ece', 8, 0.1508103546650073, 0.05461298025443841, 0.3658903350628077, 0.13888888888888912, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'hamming_loss', 9, 0.25, 0.15, 0.35, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'f1', 9, 0.6428571428571429, 0.4, 0.8571428571428571, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'precision', 9, 0.5, 0.2631578947368421, 0.8181818181818182, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'recall', 9, 0.9, 0.8, 1, 1, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'roc_auc', 9, 0.8633333333333333, 0.7828571428571429, 0.9733333333333334, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'pr_auc', 9, 0.6321336996336997, 0.2954902172088623, 0.9428571701049805, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'brier', 9, 0.13966399197154394, 0.07589846525677406, 0.20416233690007654, 0.1882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'ece', 9, 0.1392504842843401, 0.11450615377652976, 0.26464964078362757, 0.027777777777777724, NULL, NULL, NULL, NULL, NULL, NULL, 10),
	(2, 'test', 'segment', 'f1_micro', NULL, 0.4664310954063604, 0.33093525179856115, 0.5972222222222222, 0.4, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'f1_samples', NULL, 0.4483531746031746, 0.3037301587301587, 0.5929761904761903, 0.39431818181818185, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'precision_micro', NULL, 0.34196891191709844, 0.23232323232323232, 0.4574468085106383, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'precision_samples', NULL, 0.3492261904761905, 0.21928571428571425, 0.47916666666666663, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'recall_micro', NULL, 0.7333333333333333, 0.56, 0.86, 1, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'recall_samples', NULL, 0.6916666666666667, 0.525, 0.8583333333333332, 1, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'roc_auc_micro', NULL, 0.7606584362139918, 0.7191769547325103, 0.8288065843621399, 0.5617283950617284, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'pr_auc_micro', NULL, 0.4788279952947256, 0.41021944681803385, 0.5944719526502821, 0.2986111111111111, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'f1_macro', NULL, 0.4436896013275402, 0.38047125008361116, 0.5992063492063492, 0.39281705948372614, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'precision_macro', NULL, 0.4670449271326464, 0.39184412482658093, 0.5587259816207174, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'recall_macro', NULL, 0.7259259259259259, 0.6357142857142858, 0.8428571428571429, 1, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'roc_auc_macro', NULL, 0.7608677248677248, 0.7064417989417989, 0.8202448979591835, 0.5, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'pr_auc_macro', NULL, 0.5623014000846245, 0.49661102030012344, 0.7670724391937256, 0.25, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'brier_macro', NULL, 0.16741131934976244, 0.14617755196457247, 0.20600699616636892, 0.1934156378600823, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'segment', 'ece_macro', NULL, 0.1515317082170204, 0.1515317082170204, 0.25680163093902475, 0.10185185185185189, NULL, NULL, NULL, NULL, NULL, NULL, 40),
	(2, 'test', 'uncalibrated', 'brier', 1, 0.13827523064768926, 0.07409341856337442, 0.25107618658411207, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'ece', 1, 0.17122808983549478, 0.15627040090039374, 0.41746680699288846, 0.0833333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'brier', 2, 0.31895252984341754, 0.2759412410770387, 0.34398068499012757, 0.11882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'uncalibrated', 'ece', 2, 0.4216146680526436, 0.21504339687526225, 0.4350844772532582, 0.09722222222222225, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'uncalibrated', 'brier', 3, 0.1797333534963242, 0.13022729622257737, 0.23471851243052866, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'uncalibrated', 'ece', 3, 0.23076557442545892, 0.21166167464107272, 0.41345493458211424, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'uncalibrated', 'brier', 4, 0.27676146146347735, 0.2558964563055168, 0.3068183218221415, 0.23919753086419754, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'uncalibrated', 'ece', 4, 0.3268108531832695, 0.23091556355357168, 0.5204982526600361, 0.06944444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 3),
	(2, 'test', 'uncalibrated', 'brier', 5, 0.12204315178740514, 0.08306053269094002, 0.16102577088387027, 0.19444444444444442, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'ece', 5, 0.20281429244205357, 0.0885429570451379, 0.35906038209795954, 0.08333333333333329, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'brier', 6, 0.18118726796953208, 0.08471604513676084, 0.22914687151907068, 0.15277777777777773, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'uncalibrated', 'ece', 6, 0.2901361911557615, 0.14735253881663085, 0.3453764234669507, 0.2083333333333333, NULL, NULL, NULL, NULL, NULL, NULL, 1),
	(2, 'test', 'uncalibrated', 'brier', 7, 0.20723695023039201, 0.1610058042364818, 0.253826952675027, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'ece', 7, 0.19586489330977203, 0.13967444710433485, 0.4553902816027403, 0.13888888888888887, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'brier', 8, 0.09182948840018602, 0.0654881466921065, 0.11066290826289918, 0.20679012345679013, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'ece', 8, 0.26511971312575044, 0.23227879437617957, 0.29440607307478783, 0.13888888888888884, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'brier', 9, 0.11749030297571435, 0.06608729903039587, 0.18456965169890513, 0.1882716049382716, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'ece', 9, 0.2954028454609215, 0.24078877866268159, 0.35373906893655654, 0.02777777777777779, NULL, NULL, NULL, NULL, NULL, NULL, 2),
	(2, 'test', 'uncalibrated', 'brier_macro', NULL, 0.18150108186823755, 0.1553245533023933, 0.19345366812880255, 0.1934156378600823, NULL, NULL, NULL, NULL, NULL, NULL, 8),
	(2, 'test', 'uncalibrated', 'ece_macro', NULL, 0.26663968011012507, 0.23264015924651177, 0.3367076658178121, 0.10185185185185182, NULL, NULL, NULL, NULL, NULL, NULL, 8);


--
-- Data for Name: migration; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.migration VALUES
	(1, '0001_runs.sql', '0032ab3834288b88cbdfd5a4b0252a1281b1c5a20352321c970369d8f902799d', '2026-11-30 15:07:38.596732+00'),
	(2, '0002_tracks.sql', 'aa924f031c5f558c6628063cdb19f0724939793464d4897614e478dcbd77ef7d', '2026-11-30 15:07:38.616697+00'),
	(3, '0003_labels.sql', '20f0a417039e0ca2031b955fa09ade6050a95fde2c80aca7ea1e9862e8077271', '2026-11-30 15:07:38.651029+00'),
	(4, '0004_predictions.sql', '9eef73aa025efc80cb7eefb67acca61d2f2d8fd16405e768fb60c98e6b37641d', '2026-11-30 15:07:38.674438+00'),
	(5, '0005_metrics.sql', '44200ba4a43ccf6779191fa0d12d46ff0a9bd697178b1d9afe2eea635aafdb3d', '2026-11-30 15:07:38.695742+00'),
	(6, '0006_promotion.sql', '6edf03f75b0e96ab2984f42ef1ea8349bc9504ffa5520fb078ccf439a9a380e4', '2026-11-30 15:07:38.730409+00'),
	(7, '0007_listing.sql', 'b56495dd2fbbfdffd6578173c92302323fc1fddac5ca3a171a9ae28e75a6063e', '2026-11-30 15:07:38.754237+00'),
	(8, '0008_label_views.sql', '6a995f7a9a1452fc57d10f2078d4ca89ba7a696ab0246e82bf6484b0ab7ec31c', '2026-11-30 15:07:38.780105+00'),
	(9, '0009_rights.sql', '0dc9bd04150ab20c208a7e3ad59f52a4546fa0931c050283c528241c22fce246', '2026-11-30 15:07:38.798774+00');


--
-- Data for Name: prediction; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.prediction VALUES
	(1, 1, 0.22680218650030376, 'test', 1, true),
	(1, 1, 0.2858118960057451, 'test', 2, true),
	(1, 1, 0.1479917932119159, 'test', 3, false),
	(1, 1, 0.37555979565253944, 'test', 4, true),
	(1, 1, 0.22892674169115762, 'test', 5, false),
	(1, 1, 0.17103914271424425, 'test', 6, false),
	(1, 1, 0.41691644101410097, 'test', 7, true),
	(1, 1, 0.26767980085322646, 'test', 8, true),
	(1, 1, 0.3468551011762079, 'test', 9, true),
	(1, 2, 0.15795033540079895, 'test', 1, false),
	(1, 2, 0.4107104999559682, 'test', 2, true),
	(1, 2, 0.5338717363644806, 'test', 3, true),
	(1, 2, 0.8315318244576323, 'test', 4, true),
	(1, 2, 0.2663238344437407, 'test', 5, false),
	(1, 2, 0.2235653289296676, 'test', 6, false),
	(1, 2, 0.16045266804944258, 'test', 7, true),
	(1, 2, 0.2666253913216991, 'test', 8, true),
	(1, 2, 0.17412005914302675, 'test', 9, false),
	(1, 3, 0.41124180462943527, 'test', 1, true),
	(1, 3, 0.2782645721237413, 'test', 2, true),
	(1, 3, 0.26133188616677294, 'test', 3, false),
	(1, 3, 0.4181314963035719, 'test', 4, true),
	(1, 3, 0.1992220478805113, 'test', 5, false),
	(1, 3, 0.42683243672534976, 'test', 6, true),
	(1, 3, 0.2311752646593785, 'test', 7, true),
	(1, 3, 0.14616792345865132, 'test', 8, true),
	(1, 3, 0.3895579726677719, 'test', 9, true),
	(1, 4, 0.3220549156153936, 'test', 1, true),
	(1, 4, 0.28864963625261975, 'test', 2, true),
	(1, 4, 0.27019186112869115, 'test', 3, false),
	(1, 4, 0.6643415185540504, 'test', 4, true),
	(1, 4, 0.39329506195440406, 'test', 5, true),
	(1, 4, 0.26031625638810507, 'test', 6, false),
	(1, 4, 0.13871759380457982, 'test', 7, true),
	(1, 4, 0.35562218052832034, 'test', 8, true),
	(1, 4, 0.15712856123839342, 'test', 9, false),
	(1, 5, 0.25466346222379155, 'test', 1, true),
	(1, 5, 0.34073861955563395, 'test', 2, true),
	(1, 5, 0.24925242278661708, 'test', 3, false),
	(1, 5, 0.50542617166303, 'test', 4, true),
	(1, 5, 0.29161616671694107, 'test', 5, false),
	(1, 5, 0.3486697906488567, 'test', 6, false),
	(1, 5, 0.3623626774438291, 'test', 7, true),
	(1, 5, 0.15659380154309616, 'test', 8, true),
	(1, 5, 0.3290213053222634, 'test', 9, true),
	(1, 6, 0.21901475584986768, 'test', 1, true),
	(1, 6, 0.42788235923453005, 'test', 2, true),
	(1, 6, 0.39026924824946935, 'test', 3, false),
	(1, 6, 0.7000451017047544, 'test', 4, true),
	(1, 6, 0.16260473886290233, 'test', 5, false),
	(1, 6, 0.3134417324295557, 'test', 6, false),
	(1, 6, 0.14003441457029867, 'test', 7, true),
	(1, 6, 0.19314873331923907, 'test', 8, true),
	(1, 6, 0.2689179857002701, 'test', 9, true),
	(1, 7, 0.20700388018488167, 'train', 1, true),
	(1, 7, 0.39579626313998023, 'train', 2, true),
	(1, 7, 0.4536694520582408, 'train', 3, true),
	(1, 7, 0.7705395774057964, 'train', 4, true),
	(1, 7, 0.282718539228932, 'train', 5, false),
	(1, 7, 0.4182866251121673, 'train', 6, true),
	(1, 7, 0.14359796034614572, 'train', 7, true),
	(1, 7, 0.305942629417943, 'train', 8, true),
	(1, 7, 0.11149033728962089, 'train', 9, false),
	(1, 8, 0.1304115275034594, 'train', 1, false),
	(1, 8, 0.5005998715319111, 'train', 2, true),
	(1, 8, 0.34780957180649874, 'train', 3, false),
	(1, 8, 0.34425512757976406, 'train', 4, false),
	(1, 8, 0.5480274780271894, 'train', 5, true),
	(1, 8, 0.21018137544438575, 'train', 6, false),
	(1, 8, 0.24952610453852037, 'train', 7, true),
	(1, 8, 0.19633605856038291, 'train', 8, true),
	(1, 8, 0.31191668855422966, 'train', 9, true),
	(1, 9, 0.28896994531148773, 'test', 1, true),
	(1, 9, 0.39659902161131216, 'test', 2, true),
	(1, 9, 0.3604938755843629, 'test', 3, false),
	(1, 9, 0.4810661037987176, 'test', 4, true),
	(1, 9, 0.33601627706889353, 'test', 5, false),
	(1, 9, 0.42243368069799675, 'test', 6, true),
	(1, 9, 0.27964330795687453, 'test', 7, true),
	(1, 9, 0.24408768797948682, 'test', 8, true),
	(1, 9, 0.27725190699053265, 'test', 9, true),
	(1, 10, 0.19562463255767368, 'test', 1, true),
	(1, 10, 0.32901029961260303, 'test', 2, true),
	(1, 10, 0.19673796957540585, 'test', 3, false),
	(1, 10, 0.5537518181471683, 'test', 4, true),
	(1, 10, 0.24975385329586236, 'test', 5, false),
	(1, 10, 0.12927881490760543, 'test', 6, false),
	(1, 10, 0.28531191057738325, 'test', 7, true),
	(1, 10, 0.3353797991357594, 'test', 8, true),
	(1, 10, 0.17892052463814478, 'test', 9, false),
	(1, 11, 0.24394577969580855, 'train', 1, true),
	(1, 11, 0.3920259548727769, 'train', 2, true),
	(1, 11, 0.1298119910394084, 'train', 3, false),
	(1, 11, 0.3938695420804215, 'train', 4, true),
	(1, 11, 0.29897721176466857, 'train', 5, false),
	(1, 11, 0.4056277712587337, 'train', 6, true),
	(1, 11, 0.3561073510003195, 'train', 7, true),
	(1, 11, 0.18716996099653338, 'train', 8, true),
	(1, 11, 0.34822818370699443, 'train', 9, true),
	(1, 12, 0.23552095196573355, 'train', 1, true),
	(1, 12, 0.25901742150493456, 'train', 2, true),
	(1, 12, 0.17063362750145192, 'train', 3, false),
	(1, 12, 0.5198272805662073, 'train', 4, true),
	(1, 12, 0.2500536007402038, 'train', 5, false),
	(1, 12, 0.29784726298994635, 'train', 6, false),
	(1, 12, 0.1954793236725896, 'train', 7, true),
	(1, 12, 0.19909678161827937, 'train', 8, true),
	(1, 12, 0.30936135521699315, 'train', 9, true),
	(1, 13, 0.34421955812562294, 'train', 1, true),
	(1, 13, 0.3364900053259256, 'train', 2, true),
	(1, 13, 0.3297035784366249, 'train', 3, false),
	(1, 13, 0.6868161670049221, 'train', 4, true),
	(1, 13, 0.2264169774116687, 'train', 5, false),
	(1, 13, 0.23164825601285655, 'train', 6, false),
	(1, 13, 0.24241195961874412, 'train', 7, true),
	(1, 13, 0.32854371160571677, 'train', 8, true),
	(1, 13, 0.23991944070052051, 'train', 9, true),
	(1, 14, 0.17235794878340838, 'train', 1, true),
	(1, 14, 0.20739522539915636, 'train', 2, true),
	(1, 14, 0.22759953034838645, 'train', 3, false),
	(1, 14, 0.45948241138167445, 'train', 4, true),
	(1, 14, 0.33023011938728614, 'train', 5, false),
	(1, 14, 0.20310932675841395, 'train', 6, false),
	(1, 14, 0.36800984057092334, 'train', 7, true),
	(1, 14, 0.3661395657805315, 'train', 8, true),
	(1, 14, 0.27145374438349407, 'train', 9, true),
	(1, 15, 0.37175928013332316, 'train', 1, true),
	(1, 15, 0.26126097993717057, 'train', 2, true),
	(1, 15, 0.14371347985380797, 'train', 3, false),
	(1, 15, 0.3531040345448409, 'train', 4, false),
	(1, 15, 0.281152573750346, 'train', 5, false),
	(1, 15, 0.208454386992372, 'train', 6, false),
	(1, 15, 0.28017148919478635, 'train', 7, true),
	(1, 15, 0.2715344783461832, 'train', 8, true),
	(1, 15, 0.38947021722755437, 'train', 9, true),
	(1, 16, 0.1831263774861689, 'train', 1, true),
	(1, 16, 0.3485616929018015, 'train', 2, true),
	(1, 16, 0.1800954567647471, 'train', 3, false),
	(1, 16, 0.4543506540036666, 'train', 4, true),
	(1, 16, 0.18450364397309127, 'train', 5, false),
	(1, 16, 0.1948115276443014, 'train', 6, false),
	(1, 16, 0.21098440335557156, 'train', 7, true),
	(1, 16, 0.16809082193166938, 'train', 8, true),
	(1, 16, 0.33756458313916726, 'train', 9, true),
	(1, 17, 0.29106198137688793, 'train', 1, true),
	(1, 17, 0.29085988335659496, 'train', 2, true),
	(1, 17, 0.5706290805573017, 'train', 3, true),
	(1, 17, 0.6412906717672338, 'train', 4, true),
	(1, 17, 0.2442954975675771, 'train', 5, false),
	(1, 17, 0.3222502674550699, 'train', 6, false),
	(1, 17, 0.18583901005642509, 'train', 7, true),
	(1, 17, 0.214570767252719, 'train', 8, true),
	(1, 17, 0.3411434811661379, 'train', 9, true),
	(1, 18, 0.4103865678677826, 'validation', 1, true),
	(1, 18, 0.28925211519315486, 'validation', 2, true),
	(1, 18, 0.4093785652753285, 'validation', 3, false),
	(1, 18, 0.6320880273673005, 'validation', 4, true),
	(1, 18, 0.30520398609845933, 'validation', 5, false),
	(1, 18, 0.16323433217864172, 'validation', 6, false),
	(1, 18, 0.3300039347524512, 'validation', 7, true),
	(1, 18, 0.24053607864172483, 'validation', 8, true),
	(1, 18, 0.23477128543120035, 'validation', 9, false),
	(1, 19, 0.39575747661896077, 'validation', 1, true),
	(1, 19, 0.42620524267189436, 'validation', 2, true),
	(1, 19, 0.46889035756829933, 'validation', 3, true),
	(1, 19, 0.45742489783157836, 'validation', 4, true),
	(1, 19, 0.30024594912674973, 'validation', 5, false),
	(1, 19, 0.35559602598606077, 'validation', 6, false),
	(1, 19, 0.4594279258707026, 'validation', 7, true),
	(1, 19, 0.27828124543316585, 'validation', 8, true),
	(1, 19, 0.2360090926462793, 'validation', 9, true),
	(1, 20, 0.07810403611147068, 'validation', 1, false),
	(1, 20, 0.23648739290695586, 'validation', 2, true),
	(1, 20, 0.22709289520612386, 'validation', 3, false),
	(1, 20, 0.258331488339269, 'validation', 4, false),
	(1, 20, 0.3713122570586065, 'validation', 5, true),
	(1, 20, 0.34701219088926566, 'validation', 6, false),
	(1, 20, 0.29494048344254437, 'validation', 7, true),
	(1, 20, 0.31046979597514485, 'validation', 8, true),
	(1, 20, 0.3274594968220974, 'validation', 9, true),
	(1, 21, 0.2573375819471405, 'validation', 1, true),
	(1, 21, 0.3261842349957431, 'validation', 2, true),
	(1, 21, 0.19255390650120932, 'validation', 3, false),
	(1, 21, 0.6613114882132043, 'validation', 4, true),
	(1, 21, 0.21538198947682094, 'validation', 5, false),
	(1, 21, 0.3702177880323489, 'validation', 6, true),
	(1, 21, 0.1889640137432812, 'validation', 7, true),
	(1, 21, 0.30540696689021213, 'validation', 8, true),
	(1, 21, 0.12911867413018013, 'validation', 9, false),
	(2, 1, 0.32939414743652035, 'test', 1, true),
	(2, 1, 0.1250730769023973, 'test', 2, true),
	(2, 1, 0.4964738511684356, 'test', 3, true),
	(2, 1, 0.5898299583393931, 'test', 4, true),
	(2, 1, 0.3345798387204559, 'test', 5, false),
	(2, 1, 0.03312527783005725, 'test', 6, false),
	(2, 1, 0.3506870404043363, 'test', 7, true),
	(2, 1, 0.025292607901981987, 'test', 8, false),
	(2, 1, 0.39391534555751767, 'test', 9, true),
	(2, 2, 0.12977801413293333, 'test', 1, false),
	(2, 2, 0.6168405239499761, 'test', 2, true),
	(2, 2, 0.3440663499294524, 'test', 3, true),
	(2, 2, 0.6935680753767655, 'test', 4, true),
	(2, 2, 0.043356746989251745, 'test', 5, false),
	(2, 2, 0.42559909668752127, 'test', 6, false),
	(2, 2, 0.3374648484565313, 'test', 7, true),
	(2, 2, 0.21767113642343475, 'test', 8, false),
	(2, 2, 0.08868888302113753, 'test', 9, false),
	(2, 3, 0.853287532966343, 'test', 1, true),
	(2, 3, 0.19626974128652117, 'test', 2, true),
	(2, 3, 0.5208544647823623, 'test', 3, true),
	(2, 3, 0.5296378635404371, 'test', 4, true),
	(2, 3, 0.061253180594609914, 'test', 5, false),
	(2, 3, 0.2782221435368206, 'test', 6, false),
	(2, 3, 0.42346009464843837, 'test', 7, true),
	(2, 3, 0.038433514218705465, 'test', 8, false),
	(2, 3, 0.17382526187964348, 'test', 9, false),
	(2, 4, 0.2807579606144929, 'test', 1, true),
	(2, 4, 0.4026214591074065, 'test', 2, true),
	(2, 4, 0.14485741878800376, 'test', 3, false),
	(2, 4, 0.5333967867864636, 'test', 4, true),
	(2, 4, 0.11697030135733337, 'test', 5, false),
	(2, 4, 0.42168207373843725, 'test', 6, false),
	(2, 4, 0.26248758787793736, 'test', 7, true),
	(2, 4, 0.37583981265402977, 'test', 8, false),
	(2, 4, 0.12499107605683764, 'test', 9, false),
	(2, 5, 0.3870180157283717, 'test', 1, true),
	(2, 5, 0.12574194109879835, 'test', 2, true),
	(2, 5, 0.6053368457867428, 'test', 3, true),
	(2, 5, 0.6704736898174658, 'test', 4, true),
	(2, 5, 0.3163784302097085, 'test', 5, false),
	(2, 5, 0.05224199075879334, 'test', 6, false),
	(2, 5, 0.37672477369330043, 'test', 7, true),
	(2, 5, 0.015398926082538181, 'test', 8, false),
	(2, 5, 0.3208991175797661, 'test', 9, true),
	(2, 6, 0.29995316135001465, 'test', 1, true),
	(2, 6, 0.47564593973786595, 'test', 2, true),
	(2, 6, 0.28898829536299875, 'test', 3, false),
	(2, 6, 0.6284632844425835, 'test', 4, true),
	(2, 6, 0.0277504324656242, 'test', 5, false),
	(2, 6, 0.3578398245233027, 'test', 6, false),
	(2, 6, 0.32235665828553606, 'test', 7, true),
	(2, 6, 0.17215896160338276, 'test', 8, false),
	(2, 6, 0.0846225353430647, 'test', 9, false),
	(2, 7, 0.0860735801908798, 'train', 1, false),
	(2, 7, 0.6001104338566242, 'train', 2, true),
	(2, 7, 0.21280972089453312, 'train', 3, false),
	(2, 7, 0.5569422382159149, 'train', 4, true),
	(2, 7, 0.08490026736180192, 'train', 5, false),
	(2, 7, 0.755878862293057, 'train', 6, true),
	(2, 7, 0.2239633918257375, 'train', 7, true),
	(2, 7, 0.2574417403034328, 'train', 8, false),
	(2, 7, 0.13971865123107713, 'train', 9, false),
	(2, 8, 0.035837967917379414, 'train', 1, false),
	(2, 8, 0.13359480013881714, 'train', 2, true),
	(2, 8, 0.8635462585321779, 'train', 3, true),
	(2, 8, 0.2775651257813088, 'train', 4, false),
	(2, 8, 0.9794783830127282, 'train', 5, true),
	(2, 8, 0.0037431033756206737, 'train', 6, false),
	(2, 8, 0.02806974011105737, 'train', 7, false),
	(2, 8, 0.0012752521879766739, 'train', 8, false),
	(2, 8, 0.5036564836151106, 'train', 9, true),
	(2, 9, 0.3173434686923939, 'test', 1, true),
	(2, 9, 0.35972845687319865, 'test', 2, true),
	(2, 9, 0.43085206154754807, 'test', 3, true),
	(2, 9, 0.4829804497036703, 'test', 4, true),
	(2, 9, 0.2768399714983252, 'test', 5, false),
	(2, 9, 0.2677641029623232, 'test', 6, false),
	(2, 9, 0.3852581673031566, 'test', 7, true),
	(2, 9, 0.10900015382628139, 'test', 8, false),
	(2, 9, 0.20480840798538358, 'test', 9, true),
	(2, 10, 0.08482607860776466, 'test', 1, false),
	(2, 10, 0.35427238617420265, 'test', 2, true),
	(2, 10, 0.17162879252249963, 'test', 3, false),
	(2, 10, 0.5083292842833592, 'test', 4, true),
	(2, 10, 0.5272126078327031, 'test', 5, false),
	(2, 10, 0.09035731580067259, 'test', 6, false),
	(2, 10, 0.14569716941020347, 'test', 7, false),
	(2, 10, 0.0896218159182892, 'test', 8, false),
	(2, 10, 0.45492023737360776, 'test', 9, true),
	(2, 11, 0.173030060075056, 'train', 1, true),
	(2, 11, 0.14762576231199756, 'train', 2, true),
	(2, 11, 0.3905344317868653, 'train', 3, true),
	(2, 11, 0.6174919736657793, 'train', 4, true),
	(2, 11, 0.544124356296782, 'train', 5, true),
	(2, 11, 0.026149000914680903, 'train', 6, false),
	(2, 11, 0.18515745192606667, 'train', 7, true),
	(2, 11, 0.012306829766393372, 'train', 8, false),
	(2, 11, 0.5619329110158436, 'train', 9, true),
	(2, 12, 0.7925168430982683, 'train', 1, true),
	(2, 12, 0.20672083579232461, 'train', 2, true),
	(2, 12, 0.37255147539623235, 'train', 3, true),
	(2, 12, 0.5458567630578531, 'train', 4, true),
	(2, 12, 0.03802169036677862, 'train', 5, false),
	(2, 12, 0.10245386531594436, 'train', 6, false),
	(2, 12, 0.6963781259856564, 'train', 7, true),
	(2, 12, 0.10031723100632808, 'train', 8, false),
	(2, 12, 0.1278154425091115, 'train', 9, false),
	(2, 13, 0.21008866674593749, 'train', 1, true),
	(2, 13, 0.3686818279304507, 'train', 2, true),
	(2, 13, 0.16507672459212372, 'train', 3, false),
	(2, 13, 0.54123389103075, 'train', 4, true),
	(2, 13, 0.051864364973808315, 'train', 5, false),
	(2, 13, 0.516436548530329, 'train', 6, true),
	(2, 13, 0.3189268718988556, 'train', 7, true),
	(2, 13, 0.752217947306977, 'train', 8, true),
	(2, 13, 0.14047274295168918, 'train', 9, false),
	(2, 14, 0.11421683334912812, 'train', 1, false),
	(2, 14, 0.14187449566770308, 'train', 2, true),
	(2, 14, 0.3500995191940936, 'train', 3, true),
	(2, 14, 0.4718691697770357, 'train', 4, true),
	(2, 14, 0.6877239996066549, 'train', 5, true),
	(2, 14, 0.05727516539760569, 'train', 6, false),
	(2, 14, 0.08219875711246367, 'train', 7, false),
	(2, 14, 0.09377423167503113, 'train', 8, false),
	(2, 14, 0.6372584226172505, 'train', 9, true),
	(2, 15, 0.9051643833703141, 'train', 1, true),
	(2, 15, 0.1972942327268423, 'train', 2, true),
	(2, 15, 0.750047054805198, 'train', 3, true),
	(2, 15, 0.5694601635149424, 'train', 4, true),
	(2, 15, 0.16896756387641088, 'train', 5, false),
	(2, 15, 0.07157768735228912, 'train', 6, false),
	(2, 15, 0.5339555376203567, 'train', 7, true),
	(2, 15, 0.04421040796941523, 'train', 8, false),
	(2, 15, 0.14844499485465462, 'train', 9, false),
	(2, 16, 0.8076876993197663, 'train', 1, true),
	(2, 16, 0.2592509839963776, 'train', 2, true),
	(2, 16, 0.49530295400640567, 'train', 3, true),
	(2, 16, 0.5686157118355339, 'train', 4, true),
	(2, 16, 0.026368621168413355, 'train', 5, false),
	(2, 16, 0.07808756126985214, 'train', 6, false),
	(2, 16, 0.5530095133230634, 'train', 7, true),
	(2, 16, 0.03243055272336962, 'train', 8, false),
	(2, 16, 0.11435655596931182, 'train', 9, false),
	(2, 17, 0.08857182623989364, 'train', 1, false),
	(2, 17, 0.6603322876293658, 'train', 2, true),
	(2, 17, 0.24892266600395718, 'train', 3, false),
	(2, 17, 0.40008522755185677, 'train', 4, true),
	(2, 17, 0.06436539327528246, 'train', 5, false),
	(2, 17, 0.6858621292447146, 'train', 6, true),
	(2, 17, 0.4067967242166634, 'train', 7, true),
	(2, 17, 0.18264100088350355, 'train', 8, false),
	(2, 17, 0.26638496169195175, 'train', 9, true),
	(2, 18, 0.34229270382854887, 'validation', 1, true),
	(2, 18, 0.2721709681569363, 'validation', 2, true),
	(2, 18, 0.2783490254746677, 'validation', 3, false),
	(2, 18, 0.5922638551715396, 'validation', 4, true),
	(2, 18, 0.1369082351501266, 'validation', 5, false),
	(2, 18, 0.27828388359109235, 'validation', 6, false),
	(2, 18, 0.3264510886024342, 'validation', 7, true),
	(2, 18, 0.5244423908183147, 'validation', 8, true),
	(2, 18, 0.18648220089313158, 'validation', 9, false),
	(2, 19, 0.4102163231107259, 'validation', 1, true),
	(2, 19, 0.4393871620253454, 'validation', 2, true),
	(2, 19, 0.36278403410417004, 'validation', 3, true),
	(2, 19, 0.49599432539103067, 'validation', 4, true),
	(2, 19, 0.19255443291022403, 'validation', 5, false),
	(2, 19, 0.4369789159221229, 'validation', 6, false),
	(2, 19, 0.4768668457857237, 'validation', 7, true),
	(2, 19, 0.404366208744695, 'validation', 8, false),
	(2, 19, 0.21570222476057133, 'validation', 9, true),
	(2, 20, 0.022346618060729104, 'validation', 1, false),
	(2, 20, 0.18027904969551806, 'validation', 2, true),
	(2, 20, 0.41182518993867706, 'validation', 3, true),
	(2, 20, 0.2754625969985014, 'validation', 4, false),
	(2, 20, 0.8750499767476749, 'validation', 5, true),
	(2, 20, 0.07561344705566805, 'validation', 6, false),
	(2, 20, 0.04263241329206501, 'validation', 7, false),
	(2, 20, 0.02724716882891768, 'validation', 8, false),
	(2, 20, 0.728035992792146, 'validation', 9, true),
	(2, 21, 0.310667648412934, 'validation', 1, true),
	(2, 21, 0.3550688816699164, 'validation', 2, true),
	(2, 21, 0.12539697753678342, 'validation', 3, false),
	(2, 21, 0.6283984322885392, 'validation', 4, true),
	(2, 21, 0.04227710397028428, 'validation', 5, false),
	(2, 21, 0.44829010614094034, 'validation', 6, true),
	(2, 21, 0.28979959362319113, 'validation', 7, true),
	(2, 21, 0.3907031918965109, 'validation', 8, false),
	(2, 21, 0.08369161803639892, 'validation', 9, false),
	(3, 22, 0.12646417453044304, 'unlabelled', 1, false),
	(3, 22, 0.3795950360919334, 'unlabelled', 2, true),
	(3, 22, 0.35698045112846444, 'unlabelled', 3, true),
	(3, 22, 0.6517581163488692, 'unlabelled', 4, true),
	(3, 22, 0.08699384880831912, 'unlabelled', 5, false),
	(3, 22, 0.5292191633719162, 'unlabelled', 6, true),
	(3, 22, 0.25085448949298994, 'unlabelled', 7, true),
	(3, 22, 0.35038298481847563, 'unlabelled', 8, false),
	(3, 22, 0.1368983485749045, 'unlabelled', 9, false);


--
-- Data for Name: promotion; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.promotion OVERRIDING SYSTEM VALUE VALUES
	(1, 1, 'd379f0802f0cd7f89280c0a8eadd2efa985d117fdc4f17ccb734b95d59dace12', NULL, 'kept', '2026-11-30 15:07:49.613776+00', 'rule', 'better', 'macro ROC-AUC 0.411 is not above the 0.500 of the prevalence baseline, which a first model has to beat', 'roc_auc_macro', 0.41084656084656085, NULL, 0.5, NULL, NULL, NULL, 8, 4, 0),
	(2, 1, 'd379f0802f0cd7f89280c0a8eadd2efa985d117fdc4f17ccb734b95d59dace12', NULL, 'rolled_back', '2026-11-30 15:08:02.426142+00', 'make_release', 'rollback', 'from no champion to run first, the run that was named, by make_release', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
	(3, 2, '5c31fa4809581f7a486c64c2d807b7362f8b285ae05d78001570176bc00a7039', 1, 'promoted', '2026-11-30 15:08:17.74333+00', 'rule', 'better', 'macro ROC-AUC +0.378 (+0.041 to +0.714) on 8 of 8 test tracks in 4 groups: better requires a difference above 0 and a lower end above -0.005', 'roc_auc_macro', 0.7883597883597884, 0.41084656084656085, 0.5, 0.3775132275132275, 0.0413491260741346, 0.7136773289523204, 8, 4, 0);


--
-- Data for Name: rejected_audio; Type: TABLE DATA; Schema: mer; Owner: -
--



--
-- Data for Name: run; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.run OVERRIDING SYSTEM VALUE VALUES
	(1, 'first', 'train', 1, '2026-11-30 15:07:49.481346+00', '0.1.0', '40adcaec620b3f92ccaa0eef373babb95816e0934558330fb9f72827707b6c21', '{"mode": "train", "seed": 42, "canary": 0, "epochs": 2, "genres": [], "preset": "statistics", "balance": "weights", "approval": "none", "group_by": "artist", "id_match": "exact", "patience": 8, "split_by": "stratification", "model_run": null, "promotion": "better", "batch_size": 32, "label_rule": "auto", "shard_size": 50, "fresh_split": false, "soft_targets": true, "learning_rate": 0.0001, "reject_budget": 0.1, "test_fraction": 0.3, "approval_hours": 72.0, "compare_balance": false, "drift_threshold": 0.25, "segment_seconds": 1.0, "decode_memory_mb": 2048, "smote_neighbours": 5, "validation_fraction": 0.2, "max_duration_seconds": 1800.0, "decode_timeout_seconds": 60.0}', '2cd6c6efd90a3eac01a29172458d53537e42a29a8a898415017206995f9fdc83', '2063b75ac4690a4c958a5235c2d62aa42212761d8beec7f69e1c2d833966b814', '246d5474cc8cf3a53995497176e3627f684aef253c432364b43d6128a4009630', NULL, '5535f9077ad40337', 'file:///store', 'file:///store/landing', '2026-11-30 15:07:41.063905+00', 'first', 'runs/first/train/music_emotion_model.keras', 'd379f0802f0cd7f89280c0a8eadd2efa985d117fdc4f17ccb734b95d59dace12', 'CPU, 2 cores (tensorflow)', 21, 0),
	(2, 'second', 'train', 1, '2026-11-30 15:08:16.97685+00', '0.1.0', '40adcaec620b3f92ccaa0eef373babb95816e0934558330fb9f72827707b6c21', '{"mode": "train", "seed": 42, "canary": 0, "epochs": 40, "genres": [], "preset": "statistics", "balance": "weights", "approval": "none", "group_by": "artist", "id_match": "exact", "patience": 8, "split_by": "stratification", "model_run": null, "promotion": "better", "batch_size": 32, "label_rule": "auto", "shard_size": 50, "fresh_split": false, "soft_targets": true, "learning_rate": 0.01, "reject_budget": 0.1, "test_fraction": 0.3, "approval_hours": 72.0, "compare_balance": true, "drift_threshold": 0.25, "segment_seconds": 1.0, "decode_memory_mb": 2048, "smote_neighbours": 5, "validation_fraction": 0.2, "max_duration_seconds": 1800.0, "decode_timeout_seconds": 60.0}', '9f685d851ee6e92f7c31689bed613b4f395d61028e7ec3656691f5f02d52a08d', '2063b75ac4690a4c958a5235c2d62aa42212761d8beec7f69e1c2d833966b814', '246d5474cc8cf3a53995497176e3627f684aef253c432364b43d6128a4009630', NULL, '5535f9077ad40337', 'file:///store', 'file:///store/landing', '2026-11-30 15:08:02.463387+00', 'second', 'runs/second/train/music_emotion_model.keras', '5c31fa4809581f7a486c64c2d807b7362f8b285ae05d78001570176bc00a7039', 'CPU, 2 cores (tensorflow)', 21, 0),
	(3, 'predicted', 'predict', 1, '2026-11-30 15:08:21.41844+00', '0.1.0', '40adcaec620b3f92ccaa0eef373babb95816e0934558330fb9f72827707b6c21', '{"mode": "predict", "seed": 42, "canary": 0, "epochs": 40, "genres": [], "preset": "statistics", "balance": "weights", "approval": "none", "group_by": "artist", "id_match": "exact", "patience": 8, "split_by": "stratification", "model_run": null, "promotion": "better", "batch_size": 32, "label_rule": "auto", "shard_size": 50, "fresh_split": false, "soft_targets": true, "learning_rate": 0.001, "reject_budget": 0.1, "test_fraction": 0.15, "approval_hours": 72.0, "compare_balance": false, "drift_threshold": 0.25, "segment_seconds": 1.0, "decode_memory_mb": 2048, "smote_neighbours": 5, "validation_fraction": 0.15, "max_duration_seconds": 1800.0, "decode_timeout_seconds": 60.0}', 'd9478a7101eaf787a724725ec1f3d4fbef1440dd1e990939d4ee5126e76f7c28', '2063b75ac4690a4c958a5235c2d62aa42212761d8beec7f69e1c2d833966b814', NULL, NULL, '5535f9077ad40337', 'file:///store', 'file:///store/landing', '2026-11-30 15:08:20.261168+00', 'second', 'runs/second/train/music_emotion_model.keras', '5c31fa4809581f7a486c64c2d807b7362f8b285ae05d78001570176bc00a7039', 'CPU, 2 cores (tensorflow)', 1, 0);


--
-- Data for Name: serving; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.serving VALUES
	(1, 2),
	(2, 2),
	(3, 2),
	(4, 2),
	(5, 2),
	(6, 2),
	(7, 2),
	(8, 2),
	(9, 2),
	(10, 2),
	(11, 2),
	(12, 2),
	(13, 2),
	(14, 2),
	(15, 2),
	(16, 2),
	(17, 2),
	(18, 2),
	(19, 2),
	(20, 2),
	(21, 2),
	(22, 3);


--
-- Data for Name: split; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.split VALUES
	(1, 1, 'test', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786', 'b1f6a1034bd736d79bf136b9acca36c63c1ccb70f690e048f91619908961a176'),
	(1, 2, 'test', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786'),
	(1, 3, 'test', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e', '68b3bdba87473dc67c4c3166067b653b730fad0566d274932119dee76b0fbd6f'),
	(1, 4, 'test', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e'),
	(1, 5, 'test', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152', '860028d7635c0334bdc221fa61d4fdd2791b99ace5a5a04e024dc6a0b05123cc'),
	(1, 6, 'test', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152'),
	(1, 7, 'train', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728', 'bc020f85a651863eb9aa4bccd6711fe04f3a634b2583e0274f7d259691864ef2'),
	(1, 8, 'train', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728'),
	(1, 9, 'test', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be', 'd1be3c714d1e4935d1d2ff1dd381f13b39873e445488d1cf04963ed2cb14a66a'),
	(1, 10, 'test', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be'),
	(1, 11, 'train', '0490e3bcbce3aa9dda178294cce7691e0d6a2327c5829fb54e58cd160b66dd96', '0490e3bcbce3aa9dda178294cce7691e0d6a2327c5829fb54e58cd160b66dd96'),
	(1, 12, 'train', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903'),
	(1, 13, 'train', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903', '5ca8eaccf736669551035323ebb4637272df4bd96fa1861c932c5c23a6872d5d'),
	(1, 14, 'train', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541', 'db7ea770075ca3849c3116b27feae524ef32b2e3f62cde4dced81e2e22cc6619'),
	(1, 15, 'train', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541'),
	(1, 16, 'train', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d', '9244703694e86cf411050a94d2c7f33aeec0dd66e996a5bda28e92e43ee24847'),
	(1, 17, 'train', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d'),
	(1, 18, 'validation', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c', '4dc85ee0e9a56403eeb8f2f84c7ac8538efbdc0134aeeed95777c2b3df4b7e22'),
	(1, 19, 'validation', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c'),
	(1, 20, 'validation', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091', 'cfd4db7dba124d755842303f4405c7f97eeb31b2f0ee422d75e5fee1db57f24a'),
	(1, 21, 'validation', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091'),
	(2, 1, 'test', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786', 'b1f6a1034bd736d79bf136b9acca36c63c1ccb70f690e048f91619908961a176'),
	(2, 2, 'test', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786'),
	(2, 3, 'test', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e', '68b3bdba87473dc67c4c3166067b653b730fad0566d274932119dee76b0fbd6f'),
	(2, 4, 'test', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e'),
	(2, 5, 'test', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152', '860028d7635c0334bdc221fa61d4fdd2791b99ace5a5a04e024dc6a0b05123cc'),
	(2, 6, 'test', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152'),
	(2, 7, 'train', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728', 'bc020f85a651863eb9aa4bccd6711fe04f3a634b2583e0274f7d259691864ef2'),
	(2, 8, 'train', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728'),
	(2, 9, 'test', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be', 'd1be3c714d1e4935d1d2ff1dd381f13b39873e445488d1cf04963ed2cb14a66a'),
	(2, 10, 'test', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be'),
	(2, 11, 'train', '0490e3bcbce3aa9dda178294cce7691e0d6a2327c5829fb54e58cd160b66dd96', '0490e3bcbce3aa9dda178294cce7691e0d6a2327c5829fb54e58cd160b66dd96'),
	(2, 12, 'train', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903'),
	(2, 13, 'train', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903', '5ca8eaccf736669551035323ebb4637272df4bd96fa1861c932c5c23a6872d5d'),
	(2, 14, 'train', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541', 'db7ea770075ca3849c3116b27feae524ef32b2e3f62cde4dced81e2e22cc6619'),
	(2, 15, 'train', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541'),
	(2, 16, 'train', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d', '9244703694e86cf411050a94d2c7f33aeec0dd66e996a5bda28e92e43ee24847'),
	(2, 17, 'train', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d'),
	(2, 18, 'validation', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c', '4dc85ee0e9a56403eeb8f2f84c7ac8538efbdc0134aeeed95777c2b3df4b7e22'),
	(2, 19, 'validation', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c'),
	(2, 20, 'validation', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091', 'cfd4db7dba124d755842303f4405c7f97eeb31b2f0ee422d75e5fee1db57f24a'),
	(2, 21, 'validation', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091'),
	(3, 22, 'unlabelled', '56c6d6e42f8b0d94e5dfea87db1bc007a002a676dbbae003a36c3b0b64bffa16', '56c6d6e42f8b0d94e5dfea87db1bc007a002a676dbbae003a36c3b0b64bffa16');


--
-- Data for Name: stage_counter; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.stage_counter VALUES
	(1, 'discover', 'cpu_seconds', 0.039),
	(1, 'discover', 'files', 21),
	(1, 'discover', 'hashed', 21),
	(1, 'discover', 'ignored', 0),
	(1, 'discover', 'known', 0),
	(1, 'discover', 'rejected', 0),
	(1, 'discover', 'seconds', 0.066),
	(1, 'discover', 'skipped', 0),
	(1, 'discover', 'tracks', 21),
	(1, 'reformat', 'channels_left_out', 0),
	(1, 'reformat', 'cpu_seconds', 0.486),
	(1, 'reformat', 'dc_removed', 0),
	(1, 'reformat', 'decoded', 21),
	(1, 'reformat', 'partly_cancelled', 0),
	(1, 'reformat', 'rejected', 0),
	(1, 'reformat', 'reused', 0),
	(1, 'reformat', 'scaled_down', 0),
	(1, 'reformat', 'seconds', 0.51),
	(1, 'reformat', 'stray_repaired', 0),
	(1, 'reformat', 'tags_unreadable', 0),
	(1, 'features', 'computed', 21),
	(1, 'features', 'cpu_seconds', 0.126),
	(1, 'features', 'rejected', 0),
	(1, 'features', 'reused', 0),
	(1, 'features', 'seconds', 0.14),
	(1, 'labels', 'contested_tracks', 0),
	(1, 'labels', 'counted_rows', 427),
	(1, 'labels', 'cpu_seconds', 0.122),
	(1, 'labels', 'duplicates', 0),
	(1, 'labels', 'listeners', 427),
	(1, 'labels', 'other_genre', 0),
	(1, 'labels', 'rows', 427),
	(1, 'labels', 'seconds', 0.125),
	(1, 'labels', 'superseded', 0),
	(1, 'labels', 'tracks', 21),
	(1, 'labels', 'unknown_tracks', 0),
	(1, 'labels', 'without_audio', 0),
	(1, 'split', 'cpu_seconds', 0.452),
	(1, 'split', 'groups', 11),
	(1, 'split', 'links_artist', 20),
	(1, 'split', 'seconds', 0.472),
	(1, 'split', 'test', 8),
	(1, 'split', 'train', 9),
	(1, 'split', 'unlabelled', 0),
	(1, 'split', 'validation', 4),
	(1, 'split', 'without_artist', 0),
	(1, 'balance', 'cpu_seconds', 0.025),
	(1, 'balance', 'parents_outside_train', 0),
	(1, 'balance', 'seconds', 0.031),
	(1, 'balance', 'segments', 45),
	(1, 'balance', 'synthetic', 0),
	(1, 'train', 'best_epoch', 2),
	(1, 'train', 'cpu_seconds', 2.154),
	(1, 'train', 'epochs', 2),
	(1, 'train', 'resumed_after', 0),
	(1, 'train', 'seconds', 2.276),
	(1, 'train', 'segments', 45),
	(1, 'train', 'segments_per_second', 50.4),
	(1, 'train', 'synthetic', 0),
	(1, 'train', 'weights', 23689),
	(1, 'thresholds', 'cpu_seconds', 0.232),
	(1, 'thresholds', 'seconds', 0.243),
	(1, 'thresholds', 'segments', 20),
	(1, 'thresholds', 'tracks', 4),
	(1, 'evaluate', 'cpu_seconds', 1.438),
	(1, 'evaluate', 'seconds', 1.412),
	(1, 'evaluate', 'segments', 85),
	(1, 'evaluate', 'test_tracks', 8),
	(1, 'evaluate', 'tracks', 17),
	(1, 'drift', 'cpu_seconds', 0.03),
	(1, 'drift', 'drifted', 0),
	(1, 'drift', 'lines', 0),
	(1, 'drift', 'seconds', 0.03),
	(1, 'publish', 'tracks', 21),
	(1, 'publish', 'rejected', 0),
	(1, 'publish', 'predictions', 189),
	(1, 'publish', 'gone', 0),
	(1, 'publish', 'seconds', 0.103),
	(1, 'publish', 'cpu_seconds', 0.058),
	(2, 'discover', 'cpu_seconds', 0.036),
	(2, 'discover', 'files', 21),
	(2, 'discover', 'hashed', 0),
	(2, 'discover', 'ignored', 0),
	(2, 'discover', 'known', 21),
	(2, 'discover', 'rejected', 0),
	(2, 'discover', 'seconds', 0.047),
	(2, 'discover', 'skipped', 0),
	(2, 'discover', 'tracks', 21),
	(2, 'reformat', 'channels_left_out', 0),
	(2, 'reformat', 'cpu_seconds', 0.004),
	(2, 'reformat', 'dc_removed', 0),
	(2, 'reformat', 'decoded', 0),
	(2, 'reformat', 'partly_cancelled', 0),
	(2, 'reformat', 'rejected', 0),
	(2, 'reformat', 'reused', 21),
	(2, 'reformat', 'scaled_down', 0),
	(2, 'reformat', 'seconds', 0.004),
	(2, 'reformat', 'stray_repaired', 0),
	(2, 'reformat', 'tags_unreadable', 0),
	(2, 'features', 'computed', 0),
	(2, 'features', 'cpu_seconds', 0.019),
	(2, 'features', 'rejected', 0),
	(2, 'features', 'reused', 21),
	(2, 'features', 'seconds', 0.020999999999999998),
	(2, 'labels', 'contested_tracks', 0),
	(2, 'labels', 'counted_rows', 427),
	(2, 'labels', 'cpu_seconds', 0.054),
	(2, 'labels', 'duplicates', 0),
	(2, 'labels', 'listeners', 427),
	(2, 'labels', 'other_genre', 0),
	(2, 'labels', 'rows', 427),
	(2, 'labels', 'seconds', 0.054),
	(2, 'labels', 'superseded', 0),
	(2, 'labels', 'tracks', 21),
	(2, 'labels', 'unknown_tracks', 0),
	(2, 'labels', 'without_audio', 0),
	(2, 'split', 'cpu_seconds', 0.238),
	(2, 'split', 'groups', 11),
	(2, 'split', 'links_artist', 20),
	(2, 'split', 'seconds', 0.246),
	(2, 'split', 'test', 8),
	(2, 'split', 'train', 9),
	(2, 'split', 'unlabelled', 0),
	(2, 'split', 'validation', 4),
	(2, 'split', 'without_artist', 0),
	(2, 'balance', 'cpu_seconds', 0.025),
	(2, 'balance', 'parents_outside_train', 0),
	(2, 'balance', 'seconds', 0.024),
	(2, 'balance', 'segments', 45),
	(2, 'balance', 'synthetic', 0),
	(2, 'train', 'best_epoch', 1),
	(2, 'train', 'cpu_seconds', 2.398),
	(2, 'train', 'epochs', 9),
	(2, 'train', 'resumed_after', 0),
	(2, 'train', 'seconds', 2.385),
	(2, 'train', 'segments', 45),
	(2, 'train', 'segments_per_second', 205.5),
	(2, 'train', 'synthetic', 0),
	(2, 'train', 'weights', 23689),
	(2, 'thresholds', 'cpu_seconds', 0.241),
	(2, 'thresholds', 'seconds', 0.239),
	(2, 'thresholds', 'segments', 20),
	(2, 'thresholds', 'tracks', 4),
	(2, 'comparison', 'cpu_seconds', 10.12),
	(2, 'comparison', 'seconds', 10.115),
	(2, 'comparison', 'tracks', 4),
	(2, 'comparison', 'ways', 4),
	(2, 'evaluate', 'cpu_seconds', 1.544),
	(2, 'evaluate', 'seconds', 1.266),
	(2, 'evaluate', 'segments', 85),
	(2, 'evaluate', 'test_tracks', 8),
	(2, 'evaluate', 'tracks', 17),
	(2, 'drift', 'cpu_seconds', 0.125),
	(2, 'drift', 'drifted', 0),
	(2, 'drift', 'lines', 0),
	(2, 'drift', 'seconds', 0.067),
	(2, 'publish', 'tracks', 21),
	(2, 'publish', 'rejected', 0),
	(2, 'publish', 'predictions', 189),
	(2, 'publish', 'gone', 0),
	(2, 'publish', 'seconds', 0.114),
	(2, 'publish', 'cpu_seconds', 0.078),
	(3, 'discover', 'cpu_seconds', 0.055),
	(3, 'discover', 'files', 22),
	(3, 'discover', 'hashed', 1),
	(3, 'discover', 'ignored', 0),
	(3, 'discover', 'known', 21),
	(3, 'discover', 'pending', 1),
	(3, 'discover', 'rejected', 0),
	(3, 'discover', 'scored', 21),
	(3, 'discover', 'seconds', 0.083),
	(3, 'discover', 'skipped', 0),
	(3, 'discover', 'tracks', 22),
	(3, 'reformat', 'channels_left_out', 0),
	(3, 'reformat', 'cpu_seconds', 0.21),
	(3, 'reformat', 'dc_removed', 0),
	(3, 'reformat', 'decoded', 1),
	(3, 'reformat', 'partly_cancelled', 0),
	(3, 'reformat', 'rejected', 0),
	(3, 'reformat', 'reused', 0),
	(3, 'reformat', 'scaled_down', 0),
	(3, 'reformat', 'seconds', 0.21),
	(3, 'reformat', 'stray_repaired', 0),
	(3, 'reformat', 'tags_unreadable', 0),
	(3, 'features', 'computed', 1),
	(3, 'features', 'cpu_seconds', 0.012),
	(3, 'features', 'rejected', 0),
	(3, 'features', 'reused', 0),
	(3, 'features', 'seconds', 0.013),
	(3, 'drift', 'cpu_seconds', 0.077),
	(3, 'drift', 'drifted', 0),
	(3, 'drift', 'lines', 0),
	(3, 'drift', 'seconds', 0.082),
	(3, 'predict', 'cpu_seconds', 0.773),
	(3, 'predict', 'scored', 1),
	(3, 'predict', 'seconds', 0.773),
	(3, 'predict', 'segments', 5),
	(3, 'publish', 'tracks', 1),
	(3, 'publish', 'rejected', 0),
	(3, 'publish', 'predictions', 9),
	(3, 'publish', 'gone', 0),
	(3, 'publish', 'served', 1),
	(3, 'publish', 'seconds', 0.079),
	(3, 'publish', 'cpu_seconds', 0.044);


--
-- Data for Name: threshold; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.threshold VALUES
	(1, 1, 0.16772080902930558, 1.093714584377303, -0.5663412102282938),
	(1, 2, 0.11824369645347793, 1.1562898156338695, -1.1125159257098853),
	(1, 3, 0.4391344614218139, 0.9316878717813695, -1.1916629056950487),
	(1, 4, 0.3578781930854237, 1.0161066024464234, -0.036623581656158914),
	(1, 5, 0.3382581215785329, 0.9266256493611463, -0.7685760193341491),
	(1, 6, 0.3629069070092048, 0.9655845817456001, -0.9442418444971614),
	(1, 7, 0.0944820068716406, 1.2569860179217627, -1.093345424924971),
	(1, 8, 0.12026803932086241, 1.0465187643547844, -0.5387764053759634),
	(1, 9, 0.23539018903873982, 1.0405581243954043, 0.2905660723185188),
	(2, 1, 0.16650713323683156, 1.0309006922578563, -0.34209296678776274),
	(2, 2, 0.09013952484775903, 1.2518828276425509, -0.9876250494857929),
	(2, 3, 0.3205665297894189, 0.9585515615362133, -0.7134244123390681),
	(2, 4, 0.385728461194766, 0.980159196209888, 0.03152315121307242),
	(2, 5, 0.5338022048289495, 0.8479793659828321, -0.9871600559398458),
	(2, 6, 0.4426345110315316, 0.9460314608492549, -0.9566655483736148),
	(2, 7, 0.16621600345762808, 1.0770915667043417, -0.5429953891749172),
	(2, 8, 0.4644042997815048, 1.0016994230722895, -1.387025158388922),
	(2, 9, 0.20109221282685147, 1.4323880959660684, -0.8556481708579484);


--
-- Data for Name: track; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.track OVERRIDING SYSTEM VALUE VALUES
	(1, '12', 'rock', 'rock/12.mp3', 'b1f6a1034bd736d79bf136b9acca36c63c1ccb70f690e048f91619908961a176', '537a9b13805bca6b6d6bc735c9c2e894132a368b1585c61f8c43aaeca156dc31', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 6', NULL, NULL, NULL, NULL, NULL),
	(2, '13', 'rock', 'rock/13.mp3', '599f7d85bc5812c377a6bea695cd8f6ef9494f84d650102a9769c7f4fd3de786', '899236d68e39d0e487d5280cd16bb9fcd73ed2db8bb9f0c84fb57224e1a24cad', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 6', NULL, NULL, NULL, NULL, NULL),
	(3, '14', 'rock', 'rock/14.mp3', '68b3bdba87473dc67c4c3166067b653b730fad0566d274932119dee76b0fbd6f', '8fadbd9ee0a51842b33b3683e79236271ec2426896088438a67f1cda48d0c99a', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 7', NULL, NULL, NULL, NULL, NULL),
	(4, '15', 'rock', 'rock/15.mp3', '368c01d101c613d799e812dcee52e463e0865a3743eee50954fc7a19d824af7e', 'cebd643e6a5e431e8201584496c4501d5aeb5150e49b94fca7ef8efe34230732', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 7', NULL, NULL, NULL, NULL, NULL),
	(5, '16', 'rock', 'rock/16.mp3', '860028d7635c0334bdc221fa61d4fdd2791b99ace5a5a04e024dc6a0b05123cc', '9837ceb99594bee0804e78ac0b3bffda41f0f2bfcf3d1ae52b8477235db696e6', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 8', NULL, NULL, NULL, NULL, NULL),
	(6, '17', 'rock', 'rock/17.mp3', '386f8763949e19920119425802ca187b0f1a962dbb89f4d9856d17fa3578c152', '012568b597909db171ba34a81d89f81cffbee405aad6b5111b7a855b94f7e9f7', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 8', NULL, NULL, NULL, NULL, NULL),
	(7, '18', 'rock', 'rock/18.mp3', 'bc020f85a651863eb9aa4bccd6711fe04f3a634b2583e0274f7d259691864ef2', 'bdba53a08fbfb61b7f38b33789429927ae932675e428bbca700398da79da9a24', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 9', NULL, NULL, NULL, NULL, NULL),
	(8, '19', 'rock', 'rock/19.mp3', '228e541811d73a7cce080d3eaf0e82120bc2bfc662895328d746cd7e8135e728', '619a0d86206d668e0f26f4a67c5b01b617bb701722dd9146f5fe1f5f7daa1b97', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 9', NULL, NULL, NULL, NULL, NULL),
	(9, '20', 'rock', 'rock/20.mp3', 'd1be3c714d1e4935d1d2ff1dd381f13b39873e445488d1cf04963ed2cb14a66a', '04d977ea4b894ce58697bffc94251aebeb211fd0029defc2d5ef45fec1cbaf7c', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 10', NULL, NULL, NULL, NULL, NULL),
	(10, '21', 'rock', 'rock/21.mp3', '9a0e2340cecc0415a94de9ac67a288858d7a910e8f689d0e7529ba6780a8e9be', 'af6a72012528f4be3bf0fefa1a87cad8bc145ab544459a85fffe199fde98cdc9', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 10', NULL, NULL, NULL, NULL, NULL),
	(11, '22', 'rock', 'rock/22.mp3', '0490e3bcbce3aa9dda178294cce7691e0d6a2327c5829fb54e58cd160b66dd96', 'c9e2b658565f63df66d22045f3d8cfc3454692edc415cb3701b3a15d988c9179', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated rock 11', NULL, NULL, NULL, NULL, NULL),
	(12, '34', 'pop', 'pop/34.mp3', '3caf6b424df24030627c73269de9c1204c1e81eb82d9cf27373f9c39975c7903', '2b77ce2d0ebec3bdfc258e23585caabd2ca03d519d2c2ce06970ddcf13a41b61', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 17', NULL, NULL, NULL, NULL, NULL),
	(13, '35', 'pop', 'pop/35.mp3', '5ca8eaccf736669551035323ebb4637272df4bd96fa1861c932c5c23a6872d5d', '6545699d116fc3a8ecb5d11d81707e0d87c57d45a2e474a6192bef3fb4a741f1', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 17', NULL, NULL, NULL, NULL, NULL),
	(14, '36', 'pop', 'pop/36.mp3', 'db7ea770075ca3849c3116b27feae524ef32b2e3f62cde4dced81e2e22cc6619', 'd567a5d7b039da759ac90c921d4db4e409258896904ad655509bdafa41f633fc', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 18', NULL, NULL, NULL, NULL, NULL),
	(15, '37', 'pop', 'pop/37.mp3', 'bb02a00453b9e830f0594aabd5b7768896d45d0e0dfaa919a6d4ac5768fa4541', 'f3b7d312e449c150b12c6490efbb4b63bb045bf5824832553211dcf406cf9a68', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 18', NULL, NULL, NULL, NULL, NULL),
	(16, '38', 'pop', 'pop/38.mp3', '9244703694e86cf411050a94d2c7f33aeec0dd66e996a5bda28e92e43ee24847', '928716c30a84b5429db2ed415f7796dbf70ab1be42b591b7fabc50d5d145b1c8', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 19', NULL, NULL, NULL, NULL, NULL),
	(17, '39', 'pop', 'pop/39.mp3', '7d6c419895322fd1720e4362663a0087625ea1d17df690bae8231100900e990d', '5ecb4cc89c07f771a7147628959af953730a24d02a2f4b1a3b0e970e81eef18c', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 19', NULL, NULL, NULL, NULL, NULL),
	(18, '40', 'pop', 'pop/40.mp3', '4dc85ee0e9a56403eeb8f2f84c7ac8538efbdc0134aeeed95777c2b3df4b7e22', 'b9e828c90da4de62a4b5bc83fb256535a6734bd65feb30d5d3144a4ab1caea9f', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 20', NULL, NULL, NULL, NULL, NULL),
	(19, '41', 'pop', 'pop/41.mp3', '4a0bba21ead5ff4006deedc449113df9edf9d6986c83e13e8050ec588d21aa8c', '9818b3f9e8e0d00b39256d3b4ac52328ccfb0c6b040eb700c4df6cfbadb54375', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 20', NULL, NULL, NULL, NULL, NULL),
	(20, '42', 'pop', 'pop/42.mp3', 'cfd4db7dba124d755842303f4405c7f97eeb31b2f0ee422d75e5fee1db57f24a', 'e32f705c4fed49a5f5f6cfb9be825cb92ddd95b64f2b57c494cd50b02b732b6e', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 21', NULL, NULL, NULL, NULL, NULL),
	(21, '43', 'pop', 'pop/43.mp3', '9739b6c0799b56049605efbd48a0c1658a53bfc204def57d0b2fe4cb3b5a8091', 'dc6ef328a3d4b9f3af09de2d336a9a9e3da435de2ffe3f07992b05f1fd0e79b4', 5, 32000, 1, 'libsndfile', 'mean', 5, 2, NULL, NULL, 'Generated pop 21', NULL, NULL, NULL, NULL, NULL),
	(22, 'new', 'pop', 'pop/new.mp3', '56c6d6e42f8b0d94e5dfea87db1bc007a002a676dbbae003a36c3b0b64bffa16', '2f95c0575dba32c2300295ac46c21f94181657de4ef0a20c269eb6e7a2444a24', 5, 32000, 1, 'libsndfile', 'mean', 5, 3, NULL, NULL, 'Generated pop 22', NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: track_group; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.track_group VALUES
	(1, 1, 'artist', NULL, 'Generated rock 6', NULL),
	(1, 2, 'artist', NULL, 'Generated rock 6', NULL),
	(1, 3, 'artist', NULL, 'Generated rock 7', NULL),
	(1, 4, 'artist', NULL, 'Generated rock 7', NULL),
	(1, 5, 'artist', NULL, 'Generated rock 8', NULL),
	(1, 6, 'artist', NULL, 'Generated rock 8', NULL),
	(1, 7, 'artist', NULL, 'Generated rock 9', NULL),
	(1, 8, 'artist', NULL, 'Generated rock 9', NULL),
	(1, 9, 'artist', NULL, 'Generated rock 10', NULL),
	(1, 10, 'artist', NULL, 'Generated rock 10', NULL),
	(1, 12, 'artist', NULL, 'Generated pop 17', NULL),
	(1, 13, 'artist', NULL, 'Generated pop 17', NULL),
	(1, 14, 'artist', NULL, 'Generated pop 18', NULL),
	(1, 15, 'artist', NULL, 'Generated pop 18', NULL),
	(1, 16, 'artist', NULL, 'Generated pop 19', NULL),
	(1, 17, 'artist', NULL, 'Generated pop 19', NULL),
	(1, 18, 'artist', NULL, 'Generated pop 20', NULL),
	(1, 19, 'artist', NULL, 'Generated pop 20', NULL),
	(1, 20, 'artist', NULL, 'Generated pop 21', NULL),
	(1, 21, 'artist', NULL, 'Generated pop 21', NULL),
	(2, 1, 'artist', NULL, 'Generated rock 6', NULL),
	(2, 2, 'artist', NULL, 'Generated rock 6', NULL),
	(2, 3, 'artist', NULL, 'Generated rock 7', NULL),
	(2, 4, 'artist', NULL, 'Generated rock 7', NULL),
	(2, 5, 'artist', NULL, 'Generated rock 8', NULL),
	(2, 6, 'artist', NULL, 'Generated rock 8', NULL),
	(2, 7, 'artist', NULL, 'Generated rock 9', NULL),
	(2, 8, 'artist', NULL, 'Generated rock 9', NULL),
	(2, 9, 'artist', NULL, 'Generated rock 10', NULL),
	(2, 10, 'artist', NULL, 'Generated rock 10', NULL),
	(2, 12, 'artist', NULL, 'Generated pop 17', NULL),
	(2, 13, 'artist', NULL, 'Generated pop 17', NULL),
	(2, 14, 'artist', NULL, 'Generated pop 18', NULL),
	(2, 15, 'artist', NULL, 'Generated pop 18', NULL),
	(2, 16, 'artist', NULL, 'Generated pop 19', NULL),
	(2, 17, 'artist', NULL, 'Generated pop 19', NULL),
	(2, 18, 'artist', NULL, 'Generated pop 20', NULL),
	(2, 19, 'artist', NULL, 'Generated pop 20', NULL),
	(2, 20, 'artist', NULL, 'Generated pop 21', NULL),
	(2, 21, 'artist', NULL, 'Generated pop 21', NULL);


--
-- Data for Name: track_name; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.track_name VALUES
	(1, '12
generated rock 6'),
	(2, '13
generated rock 6'),
	(3, '14
generated rock 7'),
	(4, '15
generated rock 7'),
	(5, '16
generated rock 8'),
	(6, '17
generated rock 8'),
	(7, '18
generated rock 9'),
	(8, '19
generated rock 9'),
	(9, '20
generated rock 10'),
	(10, '21
generated rock 10'),
	(11, '22
generated rock 11'),
	(12, '34
generated pop 17'),
	(13, '35
generated pop 17'),
	(14, '36
generated pop 18'),
	(15, '37
generated pop 18'),
	(16, '38
generated pop 19'),
	(17, '39
generated pop 19'),
	(18, '40
generated pop 20'),
	(19, '41
generated pop 20'),
	(20, '42
generated pop 21'),
	(21, '43
generated pop 21'),
	(22, 'new
generated pop 22');


--
-- Data for Name: training_epoch; Type: TABLE DATA; Schema: mer; Owner: -
--

INSERT INTO mer.training_epoch VALUES
	(1, 1, 'accuracy', 0.5703703761100769),
	(1, 2, 'accuracy', 0.5777778029441833),
	(1, 1, 'auc', 0.4556172788143158),
	(1, 2, 'auc', 0.5073236227035522),
	(1, 1, 'learning_rate', 9.999999747378752e-05),
	(1, 2, 'learning_rate', 9.999999747378752e-05),
	(1, 1, 'loss', 1.7285730838775635),
	(1, 2, 'loss', 1.6966568231582642),
	(1, 1, 'precision', 0.27819550037384033),
	(1, 2, 'precision', 0.29104477167129517),
	(1, 1, 'recall', 0.321739137172699),
	(1, 2, 'recall', 0.3391304314136505),
	(1, 1, 'val_accuracy', 0.6111111640930176),
	(1, 2, 'val_accuracy', 0.6111111640930176),
	(1, 1, 'val_auc', 0.494259238243103),
	(1, 2, 'val_auc', 0.49166664481163025),
	(1, 1, 'val_loss', 1.5290324687957764),
	(1, 2, 'val_loss', 1.5213570594787598),
	(1, 1, 'val_precision', 0.3076923191547394),
	(1, 2, 'val_precision', 0.3076923191547394),
	(1, 1, 'val_recall', 0.3199999928474426),
	(1, 2, 'val_recall', 0.3199999928474426),
	(2, 1, 'accuracy', 0.5975309014320374),
	(2, 2, 'accuracy', 0.7777777910232544),
	(2, 3, 'accuracy', 0.8419753313064575),
	(2, 4, 'accuracy', 0.8839506506919861),
	(2, 5, 'accuracy', 0.8666666746139526),
	(2, 6, 'accuracy', 0.859259307384491),
	(2, 7, 'accuracy', 0.8419753909111023),
	(2, 8, 'accuracy', 0.8938271403312683),
	(2, 9, 'accuracy', 0.8518518209457397),
	(2, 1, 'auc', 0.5263227224349976),
	(2, 2, 'auc', 0.8455573320388794),
	(2, 3, 'auc', 0.9045855402946472),
	(2, 4, 'auc', 0.9342001676559448),
	(2, 5, 'auc', 0.9323227405548096),
	(2, 6, 'auc', 0.934411883354187),
	(2, 7, 'auc', 0.9209982752799988),
	(2, 8, 'auc', 0.9440590739250183),
	(2, 9, 'auc', 0.9254523515701294),
	(2, 1, 'learning_rate', 0.009999999776482582),
	(2, 2, 'learning_rate', 0.009999999776482582),
	(2, 3, 'learning_rate', 0.009999999776482582),
	(2, 4, 'learning_rate', 0.004999999888241291),
	(2, 5, 'learning_rate', 0.004999999888241291),
	(2, 6, 'learning_rate', 0.0024999999441206455),
	(2, 7, 'learning_rate', 0.0024999999441206455),
	(2, 8, 'learning_rate', 0.0012499999720603228),
	(2, 9, 'learning_rate', 0.0012499999720603228),
	(2, 1, 'loss', 1.625608205795288),
	(2, 2, 'loss', 1.0887466669082642),
	(2, 3, 'loss', 1.0521068572998047),
	(2, 4, 'loss', 1.0177860260009766),
	(2, 5, 'loss', 0.9938795566558838),
	(2, 6, 'loss', 1.0014780759811401),
	(2, 7, 'loss', 1.011703372001648),
	(2, 8, 'loss', 0.9051645994186401),
	(2, 9, 'loss', 0.9451363682746887),
	(2, 1, 'precision', 0.3309859037399292),
	(2, 2, 'precision', 0.5862069129943848),
	(2, 3, 'precision', 0.6917293071746826),
	(2, 4, 'precision', 0.7881355881690979),
	(2, 5, 'precision', 0.7440000176429749),
	(2, 6, 'precision', 0.7132353186607361),
	(2, 7, 'precision', 0.7383177280426025),
	(2, 8, 'precision', 0.7769230604171753),
	(2, 9, 'precision', 0.739130437374115),
	(2, 1, 'recall', 0.40869563817977905),
	(2, 2, 'recall', 0.739130437374115),
	(2, 3, 'recall', 0.800000011920929),
	(2, 4, 'recall', 0.8086956739425659),
	(2, 5, 'recall', 0.8086956739425659),
	(2, 6, 'recall', 0.843478262424469),
	(2, 7, 'recall', 0.686956524848938),
	(2, 8, 'recall', 0.8782608509063721),
	(2, 9, 'recall', 0.739130437374115),
	(2, 1, 'val_accuracy', 0.6055556535720825),
	(2, 2, 'val_accuracy', 0.6333333849906921),
	(2, 3, 'val_accuracy', 0.7055555582046509),
	(2, 4, 'val_accuracy', 0.7055555582046509),
	(2, 5, 'val_accuracy', 0.699999988079071),
	(2, 6, 'val_accuracy', 0.699999988079071),
	(2, 7, 'val_accuracy', 0.694444477558136),
	(2, 8, 'val_accuracy', 0.694444477558136),
	(2, 9, 'val_accuracy', 0.699999988079071),
	(2, 1, 'val_auc', 0.6129629611968994),
	(2, 2, 'val_auc', 0.6801851391792297),
	(2, 3, 'val_auc', 0.7633333802223206),
	(2, 4, 'val_auc', 0.7788888812065125),
	(2, 5, 'val_auc', 0.7794444561004639),
	(2, 6, 'val_auc', 0.7790740728378296),
	(2, 7, 'val_auc', 0.7788888812065125),
	(2, 8, 'val_auc', 0.7811110615730286),
	(2, 9, 'val_auc', 0.7807407379150391),
	(2, 1, 'val_loss', 1.2632585763931274),
	(2, 2, 'val_loss', 1.2782875299453735),
	(2, 3, 'val_loss', 1.3591575622558594),
	(2, 4, 'val_loss', 1.4157001972198486),
	(2, 5, 'val_loss', 1.4676676988601685),
	(2, 6, 'val_loss', 1.4777823686599731),
	(2, 7, 'val_loss', 1.4483269453048706),
	(2, 8, 'val_loss', 1.4289953708648682),
	(2, 9, 'val_loss', 1.4056578874588013),
	(2, 1, 'val_precision', 0.32203391194343567),
	(2, 2, 'val_precision', 0.3709677457809448),
	(2, 3, 'val_precision', 0.4716981053352356),
	(2, 4, 'val_precision', 0.4716981053352356),
	(2, 5, 'val_precision', 0.46296295523643494),
	(2, 6, 'val_precision', 0.46296295523643494),
	(2, 7, 'val_precision', 0.4545454680919647),
	(2, 8, 'val_precision', 0.4545454680919647),
	(2, 9, 'val_precision', 0.46296295523643494),
	(2, 1, 'val_recall', 0.3799999952316284),
	(2, 2, 'val_recall', 0.46000000834465027),
	(2, 3, 'val_recall', 0.5),
	(2, 4, 'val_recall', 0.5),
	(2, 5, 'val_recall', 0.5),
	(2, 6, 'val_recall', 0.5),
	(2, 7, 'val_recall', 0.5),
	(2, 8, 'val_recall', 0.5),
	(2, 9, 'val_recall', 0.5);


--
-- Data for Name: waiting; Type: TABLE DATA; Schema: mer; Owner: -
--



--
-- Name: crossval_crossval_no_seq; Type: SEQUENCE SET; Schema: mer; Owner: -
--

SELECT pg_catalog.setval('mer.crossval_crossval_no_seq', 1, false);


--
-- Name: label_set_label_set_no_seq; Type: SEQUENCE SET; Schema: mer; Owner: -
--

SELECT pg_catalog.setval('mer.label_set_label_set_no_seq', 1, true);


--
-- Name: promotion_promotion_no_seq; Type: SEQUENCE SET; Schema: mer; Owner: -
--

SELECT pg_catalog.setval('mer.promotion_promotion_no_seq', 3, true);


--
-- Name: run_run_no_seq; Type: SEQUENCE SET; Schema: mer; Owner: -
--

SELECT pg_catalog.setval('mer.run_run_no_seq', 3, true);


--
-- Name: track_track_no_seq; Type: SEQUENCE SET; Schema: mer; Owner: -
--

SELECT pg_catalog.setval('mer.track_track_no_seq', 22, true);


--
-- Name: track_name_trigrams; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX track_name_trigrams ON mer.track_name USING gin (mer.trigrams(name));


--
-- Name: tidy_names(); Type: FUNCTION; Schema: mer; Owner: -
--

CREATE FUNCTION mer.tidy_names() RETURNS bigint
    LANGUAGE sql SECURITY DEFINER
    SET search_path TO 'pg_catalog', 'pg_temp'
    SET work_mem TO '256MB'
    BEGIN ATOMIC
 SELECT gin_clean_pending_list('mer.track_name_trigrams'::regclass) AS gin_clean_pending_list;
END;


--
-- Name: FUNCTION tidy_names(); Type: COMMENT; Schema: mer; Owner: -
--

COMMENT ON FUNCTION mer.tidy_names() IS 'Moves the pending entries of the index of track names into its main structure. Runs with the rights of the schema''s owner.';


--
-- Name: annotation annotation_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.annotation
    ADD CONSTRAINT annotation_pkey PRIMARY KEY (run_no, track_no, label_no);


--
-- Name: champion champion_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.champion
    ADD CONSTRAINT champion_pkey PRIMARY KEY (only_one);


--
-- Name: content_part content_part_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.content_part
    ADD CONSTRAINT content_part_pkey PRIMARY KEY (sha256);


--
-- Name: crossval crossval_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.crossval
    ADD CONSTRAINT crossval_pkey PRIMARY KEY (crossval_no);


--
-- Name: crossval crossval_run_id_key; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.crossval
    ADD CONSTRAINT crossval_run_id_key UNIQUE (run_id);


--
-- Name: emotion_pair emotion_pair_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.emotion_pair
    ADD CONSTRAINT emotion_pair_pkey PRIMARY KEY (one, other);


--
-- Name: label label_label_id_key; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.label
    ADD CONSTRAINT label_label_id_key UNIQUE (label_id);


--
-- Name: label label_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.label
    ADD CONSTRAINT label_pkey PRIMARY KEY (label_no);


--
-- Name: label_set label_set_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.label_set
    ADD CONSTRAINT label_set_pkey PRIMARY KEY (label_set_no);


--
-- Name: label_set label_set_version_key; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.label_set
    ADD CONSTRAINT label_set_version_key UNIQUE (version);


--
-- Name: listing listing_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.listing
    ADD CONSTRAINT listing_pkey PRIMARY KEY (track_no);


--
-- Name: listing_rows listing_next_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.listing_rows
    ADD CONSTRAINT listing_next_pkey PRIMARY KEY (track_no);


--
-- Name: migration migration_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.migration
    ADD CONSTRAINT migration_pkey PRIMARY KEY (number);


--
-- Name: prediction prediction_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.prediction
    ADD CONSTRAINT prediction_pkey PRIMARY KEY (run_no, track_no, label_no);


--
-- Name: promotion promotion_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.promotion
    ADD CONSTRAINT promotion_pkey PRIMARY KEY (promotion_no);


--
-- Name: rejected_audio rejected_audio_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.rejected_audio
    ADD CONSTRAINT rejected_audio_pkey PRIMARY KEY (run_no, key, stage);


--
-- Name: run run_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (run_no);


--
-- Name: run run_run_id_key; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.run
    ADD CONSTRAINT run_run_id_key UNIQUE (run_id);


--
-- Name: serving serving_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.serving
    ADD CONSTRAINT serving_pkey PRIMARY KEY (track_no);


--
-- Name: split split_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.split
    ADD CONSTRAINT split_pkey PRIMARY KEY (run_no, track_no);


--
-- Name: stage_counter stage_counter_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.stage_counter
    ADD CONSTRAINT stage_counter_pkey PRIMARY KEY (run_no, stage, counter);


--
-- Name: threshold threshold_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.threshold
    ADD CONSTRAINT threshold_pkey PRIMARY KEY (run_no, label_no);


--
-- Name: track_name track_name_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.track_name
    ADD CONSTRAINT track_name_pkey PRIMARY KEY (track_no);


--
-- Name: track track_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.track
    ADD CONSTRAINT track_pkey PRIMARY KEY (track_no);


--
-- Name: track track_track_id_key; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.track
    ADD CONSTRAINT track_track_id_key UNIQUE (track_id);


--
-- Name: training_epoch training_epoch_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.training_epoch
    ADD CONSTRAINT training_epoch_pkey PRIMARY KEY (run_no, epoch, measure);


--
-- Name: waiting waiting_pkey; Type: CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.waiting
    ADD CONSTRAINT waiting_pkey PRIMARY KEY (track_no);


--
-- Name: agreement_overall; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX agreement_overall ON mer.agreement USING btree (run_no, metric) WHERE (label_no IS NULL);


--
-- Name: agreement_per_label; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX agreement_per_label ON mer.agreement USING btree (run_no, metric, label_no) WHERE (label_no IS NOT NULL);


--
-- Name: canary_overall; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX canary_overall ON mer.canary USING btree (run_no, permutation, level, metric) WHERE (label_no IS NULL);


--
-- Name: canary_per_label; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX canary_per_label ON mer.canary USING btree (run_no, permutation, level, metric, label_no) WHERE (label_no IS NOT NULL);


--
-- Name: comparison_overall; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX comparison_overall ON mer.comparison USING btree (run_no, balance, metric) WHERE (label_no IS NULL);


--
-- Name: comparison_per_label; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX comparison_per_label ON mer.comparison USING btree (run_no, balance, metric, label_no) WHERE (label_no IS NOT NULL);


--
-- Name: crossval_metric_overall; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX crossval_metric_overall ON mer.crossval_metric USING btree (crossval_no, place, metric) WHERE (label_no IS NULL);


--
-- Name: crossval_metric_per_label; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX crossval_metric_per_label ON mer.crossval_metric USING btree (crossval_no, place, metric, label_no) WHERE (label_no IS NOT NULL);


--
-- Name: drift_features_once; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX drift_features_once ON mer.drift USING btree (run_no, COALESCE(genre, ''::text)) WHERE (label_no IS NULL);


--
-- Name: drift_once; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX drift_once ON mer.drift USING btree (run_no, COALESCE(genre, ''::text), label_no) WHERE (label_no IS NOT NULL);


--
-- Name: listing_genre_label_1; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_1 ON ONLY mer.listing USING btree (genre, (probabilities[1]), track_no);


--
-- Name: listing_genre_label_2; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_2 ON ONLY mer.listing USING btree (genre, (probabilities[2]), track_no);


--
-- Name: listing_genre_label_3; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_3 ON ONLY mer.listing USING btree (genre, (probabilities[3]), track_no);


--
-- Name: listing_genre_label_4; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_4 ON ONLY mer.listing USING btree (genre, (probabilities[4]), track_no);


--
-- Name: listing_genre_label_5; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_5 ON ONLY mer.listing USING btree (genre, (probabilities[5]), track_no);


--
-- Name: listing_genre_label_6; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_6 ON ONLY mer.listing USING btree (genre, (probabilities[6]), track_no);


--
-- Name: listing_genre_label_7; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_7 ON ONLY mer.listing USING btree (genre, (probabilities[7]), track_no);


--
-- Name: listing_genre_label_8; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_8 ON ONLY mer.listing USING btree (genre, (probabilities[8]), track_no);


--
-- Name: listing_genre_label_9; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_genre_label_9 ON ONLY mer.listing USING btree (genre, (probabilities[9]), track_no);


--
-- Name: listing_label_1; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_1 ON ONLY mer.listing USING btree ((probabilities[1]), track_no);


--
-- Name: listing_label_2; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_2 ON ONLY mer.listing USING btree ((probabilities[2]), track_no);


--
-- Name: listing_label_3; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_3 ON ONLY mer.listing USING btree ((probabilities[3]), track_no);


--
-- Name: listing_label_4; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_4 ON ONLY mer.listing USING btree ((probabilities[4]), track_no);


--
-- Name: listing_label_5; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_5 ON ONLY mer.listing USING btree ((probabilities[5]), track_no);


--
-- Name: listing_label_6; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_6 ON ONLY mer.listing USING btree ((probabilities[6]), track_no);


--
-- Name: listing_label_7; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_7 ON ONLY mer.listing USING btree ((probabilities[7]), track_no);


--
-- Name: listing_label_8; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_8 ON ONLY mer.listing USING btree ((probabilities[8]), track_no);


--
-- Name: listing_label_9; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_label_9 ON ONLY mer.listing USING btree ((probabilities[9]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx ON mer.listing_rows USING btree (genre, (probabilities[1]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx1; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx1 ON mer.listing_rows USING btree (genre, (probabilities[2]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx2; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx2 ON mer.listing_rows USING btree (genre, (probabilities[3]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx3; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx3 ON mer.listing_rows USING btree (genre, (probabilities[4]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx4; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx4 ON mer.listing_rows USING btree (genre, (probabilities[5]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx5; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx5 ON mer.listing_rows USING btree (genre, (probabilities[6]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx6; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx6 ON mer.listing_rows USING btree (genre, (probabilities[7]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx7; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx7 ON mer.listing_rows USING btree (genre, (probabilities[8]), track_no);


--
-- Name: listing_rows_genre_probabilities_track_no_idx8; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_genre_probabilities_track_no_idx8 ON mer.listing_rows USING btree (genre, (probabilities[9]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx ON mer.listing_rows USING btree ((probabilities[1]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx1; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx1 ON mer.listing_rows USING btree ((probabilities[2]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx2; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx2 ON mer.listing_rows USING btree ((probabilities[3]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx3; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx3 ON mer.listing_rows USING btree ((probabilities[4]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx4; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx4 ON mer.listing_rows USING btree ((probabilities[5]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx5; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx5 ON mer.listing_rows USING btree ((probabilities[6]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx6; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx6 ON mer.listing_rows USING btree ((probabilities[7]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx7; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx7 ON mer.listing_rows USING btree ((probabilities[8]), track_no);


--
-- Name: listing_rows_probabilities_track_no_idx8; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX listing_rows_probabilities_track_no_idx8 ON mer.listing_rows USING btree ((probabilities[9]), track_no);


--
-- Name: metric_overall; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX metric_overall ON mer.metric USING btree (run_no, part, level, metric) WHERE (label_no IS NULL);


--
-- Name: metric_per_label; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX metric_per_label ON mer.metric USING btree (run_no, part, level, metric, label_no) WHERE (label_no IS NOT NULL);


--
-- Name: promotion_once; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX promotion_once ON mer.promotion USING btree (run_no, model_sha256) WHERE (outcome <> 'rolled_back'::text);


--
-- Name: split_part; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX split_part ON mer.split USING btree (run_no, part, track_no) WHERE (part <> 'unlabelled'::mer.part);


--
-- Name: track_by_genre; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX track_by_genre ON mer.track USING btree (genre, track_id);


--
-- Name: track_gone; Type: INDEX; Schema: mer; Owner: -
--

CREATE INDEX track_gone ON mer.track USING btree (gone_at DESC, track_id) WHERE (gone_at IS NOT NULL);


--
-- Name: track_group_artist; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX track_group_artist ON mer.track_group USING btree (run_no, track_no, artist) WHERE (artist IS NOT NULL);


--
-- Name: track_group_pair; Type: INDEX; Schema: mer; Owner: -
--

CREATE UNIQUE INDEX track_group_pair ON mer.track_group USING btree (run_no, track_no, other_track_no) WHERE (other_track_no IS NOT NULL);


--
-- Name: listing_next_pkey; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_pkey ATTACH PARTITION mer.listing_next_pkey;


--
-- Name: listing_rows_genre_probabilities_track_no_idx; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_1 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx;


--
-- Name: listing_rows_genre_probabilities_track_no_idx1; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_2 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx1;


--
-- Name: listing_rows_genre_probabilities_track_no_idx2; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_3 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx2;


--
-- Name: listing_rows_genre_probabilities_track_no_idx3; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_4 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx3;


--
-- Name: listing_rows_genre_probabilities_track_no_idx4; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_5 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx4;


--
-- Name: listing_rows_genre_probabilities_track_no_idx5; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_6 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx5;


--
-- Name: listing_rows_genre_probabilities_track_no_idx6; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_7 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx6;


--
-- Name: listing_rows_genre_probabilities_track_no_idx7; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_8 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx7;


--
-- Name: listing_rows_genre_probabilities_track_no_idx8; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_genre_label_9 ATTACH PARTITION mer.listing_rows_genre_probabilities_track_no_idx8;


--
-- Name: listing_rows_probabilities_track_no_idx; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_1 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx;


--
-- Name: listing_rows_probabilities_track_no_idx1; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_2 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx1;


--
-- Name: listing_rows_probabilities_track_no_idx2; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_3 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx2;


--
-- Name: listing_rows_probabilities_track_no_idx3; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_4 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx3;


--
-- Name: listing_rows_probabilities_track_no_idx4; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_5 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx4;


--
-- Name: listing_rows_probabilities_track_no_idx5; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_6 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx5;


--
-- Name: listing_rows_probabilities_track_no_idx6; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_7 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx6;


--
-- Name: listing_rows_probabilities_track_no_idx7; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_8 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx7;


--
-- Name: listing_rows_probabilities_track_no_idx8; Type: INDEX ATTACH; Schema: mer; Owner: -
--

ALTER INDEX mer.listing_label_9 ATTACH PARTITION mer.listing_rows_probabilities_track_no_idx8;


--
-- Name: metrics_by_run _RETURN; Type: RULE; Schema: mer; Owner: -
--

CREATE OR REPLACE VIEW mer.metrics_by_run AS
 SELECT run.run_id,
    run.mode,
    run.published_at,
    max(metric.support) AS test_tracks,
    max(metric.value) FILTER (WHERE (metric.metric = 'hamming_loss'::text)) AS hamming_loss,
    max(metric.value) FILTER (WHERE (metric.metric = 'f1_micro'::text)) AS f1_micro,
    max(metric.value) FILTER (WHERE (metric.metric = 'f1_macro'::text)) AS f1_macro,
    max(metric.value) FILTER (WHERE (metric.metric = 'f1_samples'::text)) AS f1_samples,
    max(metric.value) FILTER (WHERE (metric.metric = 'precision_macro'::text)) AS precision_macro,
    max(metric.value) FILTER (WHERE (metric.metric = 'recall_macro'::text)) AS recall_macro,
    max(metric.value) FILTER (WHERE (metric.metric = 'roc_auc_macro'::text)) AS roc_auc_macro,
    max(metric.value) FILTER (WHERE (metric.metric = 'pr_auc_macro'::text)) AS pr_auc_macro,
    max(metric.baseline) FILTER (WHERE (metric.metric = 'f1_macro'::text)) AS f1_macro_baseline,
    max(metric.baseline) FILTER (WHERE (metric.metric = 'pr_auc_macro'::text)) AS pr_auc_macro_baseline,
    max(metric.low) FILTER (WHERE (metric.metric = 'f1_macro'::text)) AS f1_macro_low,
    max(metric.high) FILTER (WHERE (metric.metric = 'f1_macro'::text)) AS f1_macro_high,
    max(metric.low) FILTER (WHERE (metric.metric = 'roc_auc_macro'::text)) AS roc_auc_macro_low,
    max(metric.high) FILTER (WHERE (metric.metric = 'roc_auc_macro'::text)) AS roc_auc_macro_high,
    max(metric.value) FILTER (WHERE (metric.metric = 'brier_macro'::text)) AS brier_macro,
    max(metric.value) FILTER (WHERE (metric.metric = 'ece_macro'::text)) AS ece_macro,
    max(metric.value) FILTER (WHERE (metric.metric = 'accuracy'::text)) AS accuracy
   FROM (mer.run
     LEFT JOIN mer.metric ON (((metric.run_no = run.run_no) AND (metric.part = 'test'::mer.part) AND (metric.level = 'track'::text) AND (metric.label_no IS NULL))))
  WHERE (run.mode <> 'predict'::text)
  GROUP BY run.run_no
  ORDER BY run.run_no DESC;


--
-- Name: training_curves _RETURN; Type: RULE; Schema: mer; Owner: -
--

CREATE OR REPLACE VIEW mer.training_curves AS
 SELECT run.run_id,
    training_epoch.epoch,
    regexp_replace(training_epoch.measure, '^val_'::text, ''::text) AS measure,
    max(training_epoch.value) FILTER (WHERE (NOT starts_with(training_epoch.measure, 'val_'::text))) AS training,
    max(training_epoch.value) FILTER (WHERE starts_with(training_epoch.measure, 'val_'::text)) AS validation
   FROM (mer.training_epoch
     JOIN mer.run USING (run_no))
  GROUP BY run.run_no, training_epoch.epoch, (regexp_replace(training_epoch.measure, '^val_'::text, ''::text));


--
-- Name: agreement agreement_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.agreement
    ADD CONSTRAINT agreement_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: agreement agreement_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.agreement
    ADD CONSTRAINT agreement_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: canary canary_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.canary
    ADD CONSTRAINT canary_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: canary canary_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.canary
    ADD CONSTRAINT canary_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: champion champion_promotion_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.champion
    ADD CONSTRAINT champion_promotion_no_fkey FOREIGN KEY (promotion_no) REFERENCES mer.promotion(promotion_no);


--
-- Name: champion champion_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.champion
    ADD CONSTRAINT champion_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no);


--
-- Name: comparison comparison_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.comparison
    ADD CONSTRAINT comparison_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: comparison comparison_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.comparison
    ADD CONSTRAINT comparison_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: content_part content_part_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.content_part
    ADD CONSTRAINT content_part_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no);


--
-- Name: crossval_metric crossval_metric_crossval_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.crossval_metric
    ADD CONSTRAINT crossval_metric_crossval_no_fkey FOREIGN KEY (crossval_no) REFERENCES mer.crossval(crossval_no) ON DELETE CASCADE;


--
-- Name: crossval_metric crossval_metric_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.crossval_metric
    ADD CONSTRAINT crossval_metric_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: drift drift_champion_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.drift
    ADD CONSTRAINT drift_champion_run_no_fkey FOREIGN KEY (champion_run_no) REFERENCES mer.run(run_no);


--
-- Name: drift drift_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.drift
    ADD CONSTRAINT drift_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: drift drift_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.drift
    ADD CONSTRAINT drift_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: emotion_pair emotion_pair_one_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.emotion_pair
    ADD CONSTRAINT emotion_pair_one_fkey FOREIGN KEY (one) REFERENCES mer.label(label_no);


--
-- Name: emotion_pair emotion_pair_other_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.emotion_pair
    ADD CONSTRAINT emotion_pair_other_fkey FOREIGN KEY (other) REFERENCES mer.label(label_no);


--
-- Name: metric metric_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.metric
    ADD CONSTRAINT metric_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: metric metric_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.metric
    ADD CONSTRAINT metric_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: promotion promotion_champion_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.promotion
    ADD CONSTRAINT promotion_champion_run_no_fkey FOREIGN KEY (champion_run_no) REFERENCES mer.run(run_no);


--
-- Name: promotion promotion_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.promotion
    ADD CONSTRAINT promotion_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no);


--
-- Name: rejected_audio rejected_audio_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.rejected_audio
    ADD CONSTRAINT rejected_audio_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: serving serving_run_no_track_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.serving
    ADD CONSTRAINT serving_run_no_track_no_fkey FOREIGN KEY (run_no, track_no) REFERENCES mer.split(run_no, track_no) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: stage_counter stage_counter_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.stage_counter
    ADD CONSTRAINT stage_counter_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: threshold threshold_label_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.threshold
    ADD CONSTRAINT threshold_label_no_fkey FOREIGN KEY (label_no) REFERENCES mer.label(label_no);


--
-- Name: threshold threshold_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.threshold
    ADD CONSTRAINT threshold_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: training_epoch training_epoch_run_no_fkey; Type: FK CONSTRAINT; Schema: mer; Owner: -
--

ALTER TABLE ONLY mer.training_epoch
    ADD CONSTRAINT training_epoch_run_no_fkey FOREIGN KEY (run_no) REFERENCES mer.run(run_no) ON DELETE CASCADE;


--
-- Name: SCHEMA mer; Type: ACL; Schema: -; Owner: -
--

GRANT USAGE ON SCHEMA mer TO mer_writer;
GRANT USAGE ON SCHEMA mer TO mer_reader;


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: -
--

REVOKE USAGE ON SCHEMA public FROM PUBLIC;


--
-- Name: FUNCTION correlated(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.correlated() FROM PUBLIC;
GRANT ALL ON FUNCTION mer.correlated() TO mer_writer;


--
-- Name: TABLE annotation; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.annotation TO mer_writer;


--
-- Name: TABLE champion; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE mer.champion TO mer_writer;


--
-- Name: TABLE label; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.label TO mer_writer;


--
-- Name: TABLE prediction; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.prediction TO mer_writer;


--
-- Name: TABLE promotion; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT ON TABLE mer.promotion TO mer_writer;


--
-- Name: TABLE run; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE mer.run TO mer_writer;


--
-- Name: TABLE serving; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE mer.serving TO mer_writer;


--
-- Name: TABLE split; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.split TO mer_writer;


--
-- Name: TABLE threshold; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.threshold TO mer_writer;


--
-- Name: TABLE track; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE mer.track TO mer_writer;


--
-- Name: TABLE explanations; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.explanations TO mer_reader;
GRANT SELECT ON TABLE mer.explanations TO mer_writer;


--
-- Name: FUNCTION explain(track_id text); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.explain(track_id text) FROM PUBLIC;
GRANT ALL ON FUNCTION mer.explain(track_id text) TO mer_reader;
GRANT ALL ON FUNCTION mer.explain(track_id text) TO mer_writer;


--
-- Name: FUNCTION label_indexes(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.label_indexes() FROM PUBLIC;


--
-- Name: FUNCTION list_anew(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.list_anew() FROM PUBLIC;
GRANT ALL ON FUNCTION mer.list_anew() TO mer_writer;


--
-- Name: FUNCTION listed_anew(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.listed_anew() FROM PUBLIC;
GRANT ALL ON FUNCTION mer.listed_anew() TO mer_writer;


--
-- Name: FUNCTION make_label_views(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.make_label_views() FROM PUBLIC;


--
-- Name: TABLE label_set; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.label_set TO mer_writer;


--
-- Name: TABLE listing; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE,UPDATE ON TABLE mer.listing TO mer_writer;


--
-- Name: FUNCTION paired(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.paired() FROM PUBLIC;
GRANT ALL ON FUNCTION mer.paired() TO mer_writer;


--
-- Name: FUNCTION placed(run_no integer, probabilities double precision[]); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.placed(run_no integer, probabilities double precision[]) FROM PUBLIC;
GRANT ALL ON FUNCTION mer.placed(run_no integer, probabilities double precision[]) TO mer_writer;


--
-- Name: FUNCTION scores(run_no integer, track_no integer); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.scores(run_no integer, track_no integer) FROM PUBLIC;
GRANT ALL ON FUNCTION mer.scores(run_no integer, track_no integer) TO mer_writer;


--
-- Name: FUNCTION searched_name(track_id text, title text, artist text); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.searched_name(track_id text, title text, artist text) FROM PUBLIC;
GRANT ALL ON FUNCTION mer.searched_name(track_id text, title text, artist text) TO mer_writer;


--
-- Name: FUNCTION trigrams(name text); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.trigrams(name text) FROM PUBLIC;
GRANT ALL ON FUNCTION mer.trigrams(name text) TO mer_reader;
GRANT ALL ON FUNCTION mer.trigrams(name text) TO mer_writer;


--
-- Name: TABLE scoring; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.scoring TO mer_reader;
GRANT SELECT ON TABLE mer.scoring TO mer_writer;


--
-- Name: FUNCTION unscored(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.unscored() FROM PUBLIC;
GRANT ALL ON FUNCTION mer.unscored() TO mer_writer;


--
-- Name: TABLE agreement; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.agreement TO mer_writer;


--
-- Name: TABLE agreements; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.agreements TO mer_reader;
GRANT SELECT ON TABLE mer.agreements TO mer_writer;


--
-- Name: TABLE annotations; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.annotations TO mer_reader;
GRANT SELECT ON TABLE mer.annotations TO mer_writer;


--
-- Name: TABLE best_tracks; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.best_tracks TO mer_reader;
GRANT SELECT ON TABLE mer.best_tracks TO mer_writer;


--
-- Name: TABLE canary; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.canary TO mer_writer;


--
-- Name: TABLE canaries; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.canaries TO mer_reader;
GRANT SELECT ON TABLE mer.canaries TO mer_writer;


--
-- Name: TABLE champions; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.champions TO mer_reader;
GRANT SELECT ON TABLE mer.champions TO mer_writer;


--
-- Name: TABLE comparison; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.comparison TO mer_writer;


--
-- Name: TABLE comparisons; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.comparisons TO mer_reader;
GRANT SELECT ON TABLE mer.comparisons TO mer_writer;


--
-- Name: TABLE content_part; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE mer.content_part TO mer_writer;


--
-- Name: TABLE crossval; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.crossval TO mer_writer;


--
-- Name: TABLE crossval_metric; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.crossval_metric TO mer_writer;


--
-- Name: TABLE crossvals; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.crossvals TO mer_reader;
GRANT SELECT ON TABLE mer.crossvals TO mer_writer;


--
-- Name: TABLE served; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.served TO mer_reader;
GRANT SELECT ON TABLE mer.served TO mer_writer;


--
-- Name: TABLE current_predictions; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.current_predictions TO mer_reader;
GRANT SELECT ON TABLE mer.current_predictions TO mer_writer;


--
-- Name: TABLE drift; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.drift TO mer_writer;


--
-- Name: TABLE drifts; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.drifts TO mer_reader;
GRANT SELECT ON TABLE mer.drifts TO mer_writer;


--
-- Name: TABLE drifted_runs; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.drifted_runs TO mer_reader;
GRANT SELECT ON TABLE mer.drifted_runs TO mer_writer;


--
-- Name: TABLE emotion_pair; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.emotion_pair TO mer_writer;


--
-- Name: TABLE emotion_pairs; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.emotion_pairs TO mer_reader;
GRANT SELECT ON TABLE mer.emotion_pairs TO mer_writer;


--
-- Name: TABLE track_group; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.track_group TO mer_writer;


--
-- Name: TABLE groups; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.groups TO mer_reader;
GRANT SELECT ON TABLE mer.groups TO mer_writer;


--
-- Name: TABLE judgements; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.judgements TO mer_reader;
GRANT SELECT ON TABLE mer.judgements TO mer_writer;


--
-- Name: TABLE label_sets; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.label_sets TO mer_reader;
GRANT SELECT ON TABLE mer.label_sets TO mer_writer;


--
-- Name: TABLE labels; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.labels TO mer_reader;
GRANT SELECT ON TABLE mer.labels TO mer_writer;


--
-- Name: TABLE runs; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.runs TO mer_reader;
GRANT SELECT ON TABLE mer.runs TO mer_writer;


--
-- Name: TABLE latest_run; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.latest_run TO mer_reader;
GRANT SELECT ON TABLE mer.latest_run TO mer_writer;


--
-- Name: TABLE listed_emotions; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.listed_emotions TO mer_reader;
GRANT SELECT ON TABLE mer.listed_emotions TO mer_writer;


--
-- Name: TABLE listed_genres; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.listed_genres TO mer_reader;
GRANT SELECT ON TABLE mer.listed_genres TO mer_writer;


--
-- Name: TABLE metric; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.metric TO mer_writer;


--
-- Name: TABLE listed_runs; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.listed_runs TO mer_reader;
GRANT SELECT ON TABLE mer.listed_runs TO mer_writer;


--
-- Name: TABLE track_name; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,UPDATE ON TABLE mer.track_name TO mer_writer;


--
-- Name: TABLE listed_tracks; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.listed_tracks TO mer_reader;
GRANT SELECT ON TABLE mer.listed_tracks TO mer_writer;


--
-- Name: TABLE metrics; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.metrics TO mer_reader;
GRANT SELECT ON TABLE mer.metrics TO mer_writer;


--
-- Name: TABLE metrics_by_run; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.metrics_by_run TO mer_reader;
GRANT SELECT ON TABLE mer.metrics_by_run TO mer_writer;


--
-- Name: TABLE migrations; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.migrations TO mer_reader;
GRANT SELECT ON TABLE mer.migrations TO mer_writer;


--
-- Name: TABLE predictions; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.predictions TO mer_reader;
GRANT SELECT ON TABLE mer.predictions TO mer_writer;


--
-- Name: TABLE promotions; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.promotions TO mer_reader;
GRANT SELECT ON TABLE mer.promotions TO mer_writer;


--
-- Name: TABLE rejected_audio; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.rejected_audio TO mer_writer;


--
-- Name: TABLE rejected_files; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.rejected_files TO mer_reader;
GRANT SELECT ON TABLE mer.rejected_files TO mer_writer;


--
-- Name: TABLE splits; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.splits TO mer_reader;
GRANT SELECT ON TABLE mer.splits TO mer_writer;


--
-- Name: TABLE stage_counter; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.stage_counter TO mer_writer;


--
-- Name: TABLE stage_counters; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.stage_counters TO mer_reader;
GRANT SELECT ON TABLE mer.stage_counters TO mer_writer;


--
-- Name: TABLE thresholds; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.thresholds TO mer_reader;
GRANT SELECT ON TABLE mer.thresholds TO mer_writer;


--
-- Name: TABLE track_emotions; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.track_emotions TO mer_reader;
GRANT SELECT ON TABLE mer.track_emotions TO mer_writer;


--
-- Name: TABLE tracks; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.tracks TO mer_reader;
GRANT SELECT ON TABLE mer.tracks TO mer_writer;


--
-- Name: TABLE training_curves; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.training_curves TO mer_reader;
GRANT SELECT ON TABLE mer.training_curves TO mer_writer;


--
-- Name: TABLE training_epoch; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.training_epoch TO mer_writer;


--
-- Name: TABLE waiting; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT,INSERT,DELETE ON TABLE mer.waiting TO mer_writer;


--
-- Name: TABLE waiting_tracks; Type: ACL; Schema: mer; Owner: -
--

GRANT SELECT ON TABLE mer.waiting_tracks TO mer_reader;
GRANT SELECT ON TABLE mer.waiting_tracks TO mer_writer;


--
-- Name: FUNCTION tidy_names(); Type: ACL; Schema: mer; Owner: -
--

REVOKE ALL ON FUNCTION mer.tidy_names() FROM PUBLIC;
GRANT ALL ON FUNCTION mer.tidy_names() TO mer_writer;


--
-- PostgreSQL database dump complete
--


