-- Timers, and the removal of what was kept long enough.

-- Who is told of a timer need not be remembered by a server that crashes: its turn begins once.
CREATE FUNCTION {schema}.due_timers(moment bigint, lease bigint, most bigint)
RETURNS TABLE (its_key text, its_due bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    WITH ringing AS MATERIALIZED (
        SELECT key AS its, tell AS since FROM {schema}.conversation WHERE tell <= moment
        ORDER BY tell, key LIMIT most FOR UPDATE SKIP LOCKED
    ), told AS (
        UPDATE {schema}.conversation SET tell = moment + lease
        FROM ringing WHERE key = its
        RETURNING key, due, since
    )
    SELECT key::text, due FROM told ORDER BY since, key;
END
$$;

-- Looks at the next conversations after this day and key, and removes those that are over; says
-- how many, and where it stopped, which is nowhere when there are no more.
CREATE FUNCTION {schema}.sweep_conversations(
    moment bigint, silent_since bigint, after_day bigint, after_key text, most bigint,
    OUT swept bigint, OUT last_day bigint, OUT last_key text
) LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    WITH slice AS (
        SELECT day, key FROM {schema}.conversation
        WHERE due IS NULL AND day <= silent_since / 86400000 AND (day, key) > (after_day, after_key)
        ORDER BY day, key LIMIT most
    )
    SELECT array_agg(key ORDER BY day, key), max(day) INTO keys, last_day FROM slice;
    IF cardinality(keys) = most THEN
        last_key := keys[most];
    ELSE
        last_day := NULL;
    END IF;
    WITH over AS MATERIALIZED (
        SELECT key AS its FROM {schema}.conversation
        WHERE key = ANY (keys) AND due IS NULL
          AND coalesce(committed < silent_since, true) AND coalesce(until <= moment, true)
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM {schema}.conversation USING over WHERE key = its RETURNING committed
    )
    SELECT count(committed) INTO swept FROM gone;
END
$$;

-- Removes answers, and places of turns that wait no more; says whether there may be more.
CREATE FUNCTION {schema}.sweep_answers(moment bigint, kept_since bigint, most bigint)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    swept bigint;
BEGIN
    DELETE FROM {schema}.answer WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM {schema}.answer WHERE at < kept_since
        ORDER BY at LIMIT most FOR UPDATE SKIP LOCKED
    ));
    GET DIAGNOSTICS swept = ROW_COUNT;
    DELETE FROM {schema}.ticket WHERE ctid = ANY (ARRAY (
        SELECT ctid FROM {schema}.ticket WHERE until <= moment LIMIT most FOR UPDATE SKIP LOCKED
    ));
    RETURN swept = most;
END
$$;
