-- Turns: each call is one transaction. The conversation's row is locked first, then everything else
-- of it, and what is decided is read after the lock, in statements of their own: under READ
-- COMMITTED an earlier statement would still see what was there before the wait for the lock.

-- An answer; or a fence and the record, which is null if there is none; or nothing: wait.
CREATE FUNCTION {schema}.begin_turn(
    its_key text, its_turn bytea, moment bigint, lease bigint, fresh_since bigint,
    OUT its_answer bytea, OUT its_fence bigint, OUT its_record bytea
) LANGUAGE plpgsql AS $$
DECLARE
    is_copy boolean;
    was {schema}.conversation%ROWTYPE;
    has_run_out boolean;
    next_turn bytea;
BEGIN
    -- A look without a lock, so that copies write nothing.
    SELECT (SELECT body FROM {schema}.answer WHERE conversation = its_key AND turn = its_turn),
           EXISTS (SELECT FROM {schema}.conversation
                   WHERE key = its_key AND turn = its_turn AND until > moment)
    INTO its_answer, is_copy;
    IF its_answer IS NOT NULL THEN
        DELETE FROM {schema}.ticket WHERE conversation = its_key AND turn = its_turn;
        RETURN;
    END IF;
    IF is_copy THEN
        RETURN;
    END IF;

    LOOP
        SELECT * INTO was FROM {schema}.conversation WHERE key = its_key FOR UPDATE;
        EXIT WHEN FOUND;
        -- Fences begin with the moment: they grow even if a conversation was swept meanwhile.
        INSERT INTO {schema}.conversation (key, fence, day)
        VALUES (its_key, moment, moment / 86400000)
        ON CONFLICT (key) DO NOTHING;
    END LOOP;

    SELECT body INTO its_answer FROM {schema}.answer
    WHERE conversation = its_key AND turn = its_turn;
    IF FOUND THEN
        DELETE FROM {schema}.ticket WHERE conversation = its_key AND turn = its_turn;
        RETURN;
    END IF;

    has_run_out := was.turn IS NOT NULL AND was.until <= moment;
    DELETE FROM {schema}.ticket
    WHERE conversation = its_key AND until <= moment AND turn <> its_turn;
    IF was.turn = its_turn AND NOT has_run_out THEN
        RETURN;
    END IF;
    SELECT turn INTO next_turn FROM {schema}.ticket
    WHERE conversation = its_key ORDER BY place LIMIT 1;

    IF (was.turn IS NULL OR has_run_out) AND coalesce(next_turn = its_turn, true) THEN
        its_fence := was.fence + 1;
        UPDATE {schema}.conversation SET fence = its_fence, turn = its_turn, until = moment + lease
        WHERE key = its_key;
        IF next_turn IS NOT NULL THEN
            DELETE FROM {schema}.ticket WHERE conversation = its_key AND turn = its_turn;
        END IF;
        IF was.committed >= fresh_since OR was.due IS NOT NULL THEN
            its_record := was.record;
        END IF;
        RETURN;
    END IF;

    IF has_run_out THEN
        UPDATE {schema}.conversation SET turn = NULL, until = NULL WHERE key = its_key;
    END IF;
    UPDATE {schema}.ticket SET until = moment + lease
    WHERE conversation = its_key AND turn = its_turn;
    IF FOUND THEN
        -- It has its place already; should the server forget that it still waits, it asks again.
        PERFORM set_config('synchronous_commit', 'off', true);
    ELSE
        INSERT INTO {schema}.ticket (conversation, turn, until)
        VALUES (its_key, its_turn, moment + lease);
    END IF;
END
$$;

-- Whether it is committed now, or was before; otherwise the lease has gone. The turn is compared
-- beside the fence, as a server that crashed may have forgotten a lease and counted it again.
CREATE FUNCTION {schema}.commit_turn(
    its_key text, its_turn bytea, its_fence bigint, moment bigint,
    its_record bytea, its_due bigint, its_answer bytea,
    parcel_ids bytea[], parcel_keys text[], parcel_dues bigint[], parcel_bodies bytea[]
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE {schema}.conversation
    SET turn = NULL, until = NULL, record = its_record, committed = moment,
        day = moment / 86400000, due = its_due, tell = its_due
    WHERE key = its_key AND fence = its_fence AND turn = its_turn;
    IF NOT FOUND THEN
        RETURN EXISTS (SELECT FROM {schema}.answer
                       WHERE conversation = its_key AND turn = its_turn);
    END IF;
    INSERT INTO {schema}.answer (conversation, turn, at, body)
    VALUES (its_key, its_turn, moment, its_answer);
    IF cardinality(parcel_ids) > 0 THEN
        PERFORM {schema}.post_parcels(parcel_ids, parcel_keys, parcel_dues, parcel_bodies);
    END IF;
    RETURN true;
END
$$;

-- Whether the lease is still there. None of these three waits for the disk: what a crash of the
-- server undoes runs out by itself.
CREATE FUNCTION {schema}.extend_lease(
    its_key text, its_turn bytea, its_fence bigint, its_until bigint
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE {schema}.conversation SET until = its_until
    WHERE key = its_key AND fence = its_fence AND turn = its_turn;
    RETURN FOUND;
END
$$;

CREATE FUNCTION {schema}.release_lease(
    its_key text, its_turn bytea, its_fence bigint
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE {schema}.conversation SET turn = NULL, until = NULL
    WHERE key = its_key AND fence = its_fence AND turn = its_turn;
END
$$;

CREATE FUNCTION {schema}.leave_lane(its_key text, its_turn bytea)
RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    DELETE FROM {schema}.ticket WHERE conversation = its_key AND turn = its_turn;
END
$$;

CREATE FUNCTION {schema}.read_record(its_key text, fresh_since bigint)
RETURNS bytea LANGUAGE sql STABLE AS $$
    SELECT record FROM {schema}.conversation WHERE key = its_key AND (committed >= fresh_since OR due IS NOT NULL)
$$;

-- The records of the next conversations, in the order of their keys.
CREATE FUNCTION {schema}.records_behind(after_key text, fresh_since bigint, most bigint)
RETURNS TABLE (its_key text, its_record bytea) LANGUAGE sql STABLE AS $$
    SELECT key, record FROM {schema}.conversation
    WHERE key > after_key COLLATE "C" AND committed >= fresh_since
    ORDER BY key LIMIT most
$$;
