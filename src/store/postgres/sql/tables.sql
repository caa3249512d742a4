-- What is kept. Moments are milliseconds since 1970, told by the workers. Texts are compared by
-- their bytes, so that an upgrade of the system's collations never harms an index.

-- One row for each conversation: who is at work, and what was committed last. Most turns change no
-- column that an index has, so that their rows stay on their page.
CREATE TABLE {schema}.conversation (
    key text COLLATE "C" PRIMARY KEY,
    -- The turn at work, its lease and until when; the fence stays when they go.
    fence bigint NOT NULL,
    turn bytea,
    until bigint,
    -- What was committed last, and when; nothing before the first commit.
    record bytea,
    committed bigint,
    -- The day of the last commit, or of the first turn: by it sweeping finds what is old.
    day bigint NOT NULL,
    -- The first timer's moment, and when the next worker is told of it.
    due bigint,
    tell bigint
) WITH (fillfactor = 70);

CREATE INDEX conversation_tell ON {schema}.conversation (tell, key) WHERE tell IS NOT NULL;
CREATE INDEX conversation_day ON {schema}.conversation (day, key) WHERE due IS NULL;

-- Turns that wait, in the order of their places.
CREATE TABLE {schema}.ticket (
    conversation text COLLATE "C" NOT NULL,
    place bigint GENERATED ALWAYS AS IDENTITY,
    turn bytea NOT NULL,
    until bigint NOT NULL,
    PRIMARY KEY (conversation, place)
);

-- What was answered, for copies.
CREATE TABLE {schema}.answer (
    conversation text COLLATE "C" NOT NULL,
    turn bytea NOT NULL,
    at bigint NOT NULL,
    body bytea NOT NULL,
    PRIMARY KEY (conversation, turn)
);

CREATE INDEX answer_at ON {schema}.answer (at);

-- The conversations that have parcels, and when the first of each may be claimed. Whoever changes
-- a conversation's parcels locks its row here first.
CREATE TABLE {schema}.queue (
    conversation text COLLATE "C" PRIMARY KEY,
    ready bigint
);

CREATE INDEX queue_ready ON {schema}.queue (ready, conversation);

-- What is to be sent: of each conversation by moment, then in the order of posting.
CREATE TABLE {schema}.parcel (
    id bytea PRIMARY KEY,
    conversation text COLLATE "C" NOT NULL,
    due bigint NOT NULL,
    posted bigint GENERATED ALWAYS AS IDENTITY,
    not_before bigint NOT NULL,
    tries integer NOT NULL DEFAULT 0,
    body bytea NOT NULL
);

CREATE INDEX parcel_place ON {schema}.parcel (conversation, due, posted);

-- What was sent and what was heard of it. A report that came before the settling has no parcel.
CREATE TABLE {schema}.delivery (
    sid bytea PRIMARY KEY,
    until bigint NOT NULL,
    status text COLLATE "C" NOT NULL,
    error bigint,
    reported bigint,
    parcel bytea,
    conversation text COLLATE "C",
    sent bigint,
    -- What is posted should it meet a closed session, and under which id.
    instead bytea,
    replacement bytea,
    -- When the next worker is told that nothing final was heard.
    tell bigint
) WITH (fillfactor = 80);

CREATE INDEX delivery_until ON {schema}.delivery (until);
CREATE INDEX delivery_tell ON {schema}.delivery (tell, sid) WHERE tell IS NOT NULL;
