-- The outbox. A conversation's row in `queue` is locked before its parcels are read or changed,
-- several in the order of their keys, so that no two workers see different first parcels and none
-- waits in a circle.

-- Notes when the first parcel of each of these conversations, which are locked, may be claimed.
CREATE FUNCTION {schema}.note_ready(keys text[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {schema}.queue
    SET ready = (SELECT not_before FROM {schema}.parcel
                 WHERE parcel.conversation = queue.conversation ORDER BY due, posted LIMIT 1)
    WHERE conversation = ANY (keys);
    DELETE FROM {schema}.queue WHERE conversation = ANY (keys) AND ready IS NULL;
END
$$;

CREATE FUNCTION {schema}.post_parcels(ids bytea[], keys text[], dues bigint[], bodies bytea[])
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {schema}.queue (conversation)
    SELECT DISTINCT key COLLATE "C" FROM unnest(keys) AS these (key) ORDER BY 1
    ON CONFLICT (conversation) DO UPDATE SET ready = queue.ready;

    INSERT INTO {schema}.parcel (id, conversation, due, not_before, body)
    SELECT id, key, due, due, body
    FROM unnest(ids, keys, dues, bodies) WITH ORDINALITY AS these (id, key, due, body, place)
    ORDER BY place
    ON CONFLICT (id) DO NOTHING;

    PERFORM {schema}.note_ready(keys);
END
$$;

CREATE FUNCTION {schema}.claim_parcels(moment bigint, lease bigint, most bigint)
RETURNS TABLE (its_id bytea, its_key text, its_due bigint, its_body bytea, its_tries integer)
LANGUAGE plpgsql AS $$
DECLARE
    keys text[];
BEGIN
    keys := ARRAY (
        SELECT conversation FROM {schema}.queue WHERE ready <= moment
        ORDER BY ready, conversation LIMIT most FOR UPDATE SKIP LOCKED
    );
    IF cardinality(keys) = 0 THEN
        RETURN;
    END IF;
    UPDATE {schema}.queue SET ready = moment + lease WHERE conversation = ANY (keys);
    RETURN QUERY
    WITH claimed AS (
        UPDATE {schema}.parcel SET tries = tries + 1, not_before = moment + lease
        FROM unnest(keys) WITH ORDINALITY AS these (key, place),
        LATERAL (SELECT id AS first_id FROM {schema}.parcel WHERE conversation = these.key
                 ORDER BY due, posted LIMIT 1) AS first
        WHERE id = first_id
        RETURNING id, conversation, due, body, tries, place
    )
    SELECT id, conversation::text, due, body, tries FROM claimed ORDER BY place;
END
$$;

-- Whether it is settled; otherwise somebody else has claimed it since. It is done if there is no
-- moment at which to try it again.
CREATE FUNCTION {schema}.settle_parcel(
    its_id bytea, its_key text, its_tries integer, again bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM {schema}.queue WHERE conversation = its_key FOR UPDATE;
    IF again IS NULL THEN
        DELETE FROM {schema}.parcel WHERE id = its_id;
    ELSE
        UPDATE {schema}.parcel SET not_before = again WHERE id = its_id AND tries = its_tries;
    END IF;
    IF NOT FOUND THEN
        RETURN NOT EXISTS (SELECT FROM {schema}.parcel WHERE id = its_id);
    END IF;
    PERFORM {schema}.note_ready(ARRAY[its_key]);
    RETURN true;
END
$$;
