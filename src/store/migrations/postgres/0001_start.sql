-- The first schema, for Postgres. Both engines have the same tables, columns, indexes and constraint names (tests compare them).
-- A key or unique constraint is named table_columns: that is the name a violation gets on SQLite too.

-- What the server remembers about itself, for example its secret.
CREATE TABLE meta (
    key TEXT COLLATE "C" NOT NULL,
    value BYTEA NOT NULL,
    CONSTRAINT meta_key PRIMARY KEY (key)
);

-- Players: guests (account 0) and people with an account (1). Times are Unix milliseconds.
CREATE TABLE users (
    id TEXT COLLATE "C" NOT NULL,
    name TEXT COLLATE "C" NOT NULL,
    account BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    CONSTRAINT users_id PRIMARY KEY (id),
    CONSTRAINT users_account CHECK (account IN (0, 1))
);

-- A session by the SHA-256 of its token.
CREATE TABLE sessions (
    token_hash BYTEA NOT NULL,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    CONSTRAINT sessions_token_hash PRIMARY KEY (token_hash)
);
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- "Continue on another device": one code a session, gone when it is used or its session ends.
CREATE TABLE transfers (
    code_hash BYTEA NOT NULL,
    session_hash BYTEA NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at BIGINT NOT NULL,
    CONSTRAINT transfers_code_hash PRIMARY KEY (code_hash),
    CONSTRAINT transfers_session_hash UNIQUE (session_hash)
);
CREATE INDEX transfers_by_user ON transfers (user_id);
CREATE INDEX transfers_by_expiry ON transfers (expires_at);

-- Finished matches. settings, results and hashes are JSON; deck and inputs are as the room encoded them.
CREATE TABLE matches (
    id TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    game TEXT COLLATE "C" NOT NULL,
    rules BIGINT NOT NULL,
    board TEXT COLLATE "C",
    daily TEXT COLLATE "C",
    challenge TEXT COLLATE "C",
    settings TEXT COLLATE "C" NOT NULL,
    seed TEXT COLLATE "C" NOT NULL,
    deck BYTEA NOT NULL,
    inputs BYTEA NOT NULL,
    hashes TEXT COLLATE "C" NOT NULL,
    results TEXT COLLATE "C" NOT NULL,
    rounds BIGINT NOT NULL,
    max_points BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    finished_at BIGINT NOT NULL,
    CONSTRAINT matches_id PRIMARY KEY (id)
);

-- Who played. A deleted user leaves its name behind. finished_at and challenge repeat the match's, for the indexes.
CREATE TABLE match_seats (
    match_id TEXT COLLATE "C" NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    seat BIGINT NOT NULL,
    user_id TEXT COLLATE "C" REFERENCES users (id) ON DELETE SET NULL,
    name TEXT COLLATE "C" NOT NULL,
    account BIGINT NOT NULL,
    rank BIGINT NOT NULL,
    points BIGINT NOT NULL,
    left_early BIGINT NOT NULL,
    challenge TEXT COLLATE "C",
    finished_at BIGINT NOT NULL,
    CONSTRAINT match_seats_match_id_seat PRIMARY KEY (match_id, seat),
    CONSTRAINT match_seats_account CHECK (account IN (0, 1)),
    CONSTRAINT match_seats_left_early CHECK (left_early IN (0, 1))
);
CREATE INDEX match_seats_by_user ON match_seats (user_id, finished_at, match_id, seat);
CREATE INDEX match_seats_by_challenge ON match_seats (challenge, points, match_id, seat);

-- Matches whose players' totals are not counted yet.
CREATE TABLE outbox (
    match_id TEXT COLLATE "C" NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    CONSTRAINT outbox_match_id PRIMARY KEY (match_id)
);

-- Totals of a user over all matches. A win is the first rank among at least two seats.
CREATE TABLE user_stats (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    games BIGINT NOT NULL,
    wins BIGINT NOT NULL,
    points BIGINT NOT NULL,
    CONSTRAINT user_stats_user_id PRIMARY KEY (user_id)
);

-- A user's best match per board: average points a round, times 100.
CREATE TABLE user_bests (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    board TEXT COLLATE "C" NOT NULL,
    best BIGINT NOT NULL,
    match_id TEXT COLLATE "C" NOT NULL,
    CONSTRAINT user_bests_user_id_board PRIMARY KEY (user_id, board)
);

-- A board in a period: 2026-11-21, 2026-W47, 2026-11 or all.
CREATE TABLE board_scopes (
    id BIGINT GENERATED ALWAYS AS IDENTITY,
    board TEXT COLLATE "C" NOT NULL,
    period TEXT COLLATE "C" NOT NULL,
    players BIGINT NOT NULL,
    expires_at BIGINT,
    CONSTRAINT board_scopes_id PRIMARY KEY (id),
    CONSTRAINT board_scopes_board_period UNIQUE (board, period)
);
CREATE INDEX board_scopes_by_expiry ON board_scopes (expires_at);

-- One row a user on a board in a period. best is the average points a round of the best match, times 100.
CREATE TABLE board_rows (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scope BIGINT NOT NULL REFERENCES board_scopes (id) ON DELETE CASCADE,
    points BIGINT NOT NULL,
    best BIGINT NOT NULL,
    games BIGINT NOT NULL,
    best_match TEXT COLLATE "C" NOT NULL,
    CONSTRAINT board_rows_user_id_scope PRIMARY KEY (user_id, scope)
);
CREATE INDEX board_rows_by_points ON board_rows (scope, points, user_id);
CREATE INDEX board_rows_by_best ON board_rows (scope, best, user_id);
CREATE INDEX board_rows_by_games ON board_rows (scope, games, user_id);

-- How many rows of a scope have a value within a bucket (level 0) or a group of 64 buckets (level 1).
CREATE TABLE board_buckets (
    scope BIGINT NOT NULL REFERENCES board_scopes (id) ON DELETE CASCADE,
    metric BIGINT NOT NULL,
    level BIGINT NOT NULL,
    bucket BIGINT NOT NULL,
    players BIGINT NOT NULL,
    CONSTRAINT board_buckets_scope_metric_level_bucket PRIMARY KEY (scope, metric, level, bucket)
);

-- What was dealt on a day, the same for everyone.
CREATE TABLE daily_decks (
    date TEXT COLLATE "C" NOT NULL,
    seed TEXT COLLATE "C" NOT NULL,
    deck BYTEA NOT NULL,
    CONSTRAINT daily_decks_date PRIMARY KEY (date)
);

-- Who plays or played the daily of a date. match_id and points are set once it is finished.
CREATE TABLE daily_plays (
    user_id TEXT COLLATE "C" NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    date TEXT COLLATE "C" NOT NULL,
    room TEXT COLLATE "C" NOT NULL,
    match_id TEXT COLLATE "C",
    points BIGINT,
    started_at BIGINT NOT NULL,
    finished_at BIGINT,
    CONSTRAINT daily_plays_user_id_date PRIMARY KEY (user_id, date)
);

-- Open rooms, so that the database alone holds the games in play.
CREATE TABLE room_mirror (
    room TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    epoch BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    CONSTRAINT room_mirror_room PRIMARY KEY (room)
);

-- Ordered inputs of open rooms.
CREATE TABLE room_inputs (
    room TEXT COLLATE "C" NOT NULL REFERENCES room_mirror (room) ON DELETE CASCADE,
    seq BIGINT NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT room_inputs_room_seq PRIMARY KEY (room, seq)
);

-- Latest-value inputs of open rooms.
CREATE TABLE room_latest (
    room TEXT COLLATE "C" NOT NULL REFERENCES room_mirror (room) ON DELETE CASCADE,
    slot BIGINT NOT NULL,
    data BYTEA NOT NULL,
    CONSTRAINT room_latest_room_slot PRIMARY KEY (room, slot)
);
