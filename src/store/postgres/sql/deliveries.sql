-- Deliveries: what was sent, and what was heard of it. A delivery's row is locked before a
-- conversation's row in `queue`, where both are.

-- A word of the callers' order of statuses goes up, never down. `above` are the known words that
-- stand above `new_word`; a word that is not known stands below all of them, and among its like
-- by its bytes.
CREATE FUNCTION {schema}.is_news(
    word text, why bigint, new_word text, new_why bigint, is_known boolean, above text[]
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE
        WHEN word = new_word THEN coalesce(why, -1) < coalesce(new_why, -1)
        WHEN word = ANY (above) THEN false
        ELSE is_known OR word COLLATE "C" < new_word COLLATE "C"
    END
$$;

-- Posts what is to be sent in place of a message that met a closed session, once.
CREATE FUNCTION {schema}.replace_delivery(its_sid bytea, moment bigint)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    was {schema}.delivery%ROWTYPE;
BEGIN
    SELECT * INTO was FROM {schema}.delivery
    WHERE sid = its_sid AND instead IS NOT NULL AND error = 63016
      AND status IN ('undelivered', 'failed');
    IF FOUND THEN
        UPDATE {schema}.delivery SET instead = NULL WHERE sid = its_sid;
        PERFORM {schema}.post_parcels(
            ARRAY[was.replacement], ARRAY[was.conversation::text], ARRAY[moment],
            ARRAY[was.instead]);
    END IF;
END
$$;

CREATE FUNCTION {schema}.report_delivery(
    its_sid bytea, its_word text, its_error bigint, moment bigint, kept_until bigint,
    is_known boolean, above text[], is_over boolean
) RETURNS SETOF {schema}.delivery LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {schema}.delivery (sid, until, status, error, reported)
    VALUES (its_sid, kept_until, its_word, its_error, moment)
    ON CONFLICT (sid) DO UPDATE
    SET status = its_word, error = its_error, reported = moment,
        tell = CASE WHEN is_over THEN NULL ELSE delivery.tell END
    WHERE {schema}.is_news(delivery.status, delivery.error, its_word, its_error, is_known, above);
    IF its_error = 63016 THEN
        PERFORM {schema}.replace_delivery(its_sid, moment);
    END IF;
    RETURN QUERY SELECT * FROM {schema}.delivery WHERE sid = its_sid AND parcel IS NOT NULL;
END
$$;

-- A parcel was sent: it goes, and its delivery is kept. `over` are the words after which nothing
-- more needs to be heard.
CREATE FUNCTION {schema}.settle_sent(
    its_id bytea, its_key text, its_tries integer, its_sid bytea, moment bigint,
    kept_until bigint, its_tell bigint, its_instead bytea, its_replacement bytea,
    queued text, above text[], over text[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {schema}.delivery
        (sid, until, status, parcel, conversation, sent, instead, replacement, tell)
    VALUES (its_sid, kept_until, queued, its_id, its_key, moment, its_instead, its_replacement,
            its_tell)
    ON CONFLICT (sid) DO UPDATE
    SET until = kept_until, parcel = its_id, conversation = its_key, sent = moment,
        instead = its_instead, replacement = its_replacement,
        status = CASE WHEN delivery.status = queued OR delivery.status = ANY (above)
                      THEN delivery.status ELSE queued END,
        error = CASE WHEN delivery.status = queued OR delivery.status = ANY (above)
                     THEN delivery.error END,
        reported = CASE WHEN delivery.status = queued OR delivery.status = ANY (above)
                        THEN delivery.reported END,
        tell = CASE WHEN delivery.status = ANY (over) THEN NULL ELSE its_tell END
    WHERE delivery.parcel IS NULL;
    IF its_instead IS NOT NULL THEN
        PERFORM {schema}.replace_delivery(its_sid, moment);
    END IF;
    RETURN {schema}.settle_parcel(its_id, its_key, its_tries, NULL);
END
$$;

CREATE FUNCTION {schema}.find_delivery(its_sid bytea)
RETURNS SETOF {schema}.delivery LANGUAGE sql STABLE AS $$
    SELECT * FROM {schema}.delivery WHERE sid = its_sid AND parcel IS NOT NULL
$$;

-- Who is told need not be remembered by a server that crashes: it is asked once more.
CREATE FUNCTION {schema}.unreported_deliveries(moment bigint, lease bigint, most bigint)
RETURNS SETOF {schema}.delivery LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    WITH quiet AS MATERIALIZED (
        SELECT sid AS its, tell AS since FROM {schema}.delivery WHERE tell <= moment
        ORDER BY tell, sid LIMIT most FOR UPDATE SKIP LOCKED
    ), told AS (
        UPDATE {schema}.delivery SET tell = moment + greatest(moment - sent, lease)
        FROM quiet WHERE sid = its
        RETURNING delivery.*
    )
    SELECT told.* FROM told JOIN quiet ON its = sid ORDER BY since, sid;
END
$$;

-- Removes what was kept long enough; says whether there may be more.
CREATE FUNCTION {schema}.sweep_deliveries(moment bigint, most bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    swept bigint;
BEGIN
    DELETE FROM {schema}.delivery WHERE sid = ANY (ARRAY (
        SELECT sid FROM {schema}.delivery WHERE until < moment
        ORDER BY until LIMIT most FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS swept = ROW_COUNT;
    RETURN swept = most;
END
$$;
