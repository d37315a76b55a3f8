-- The first schema, for SQLite. Both engines have the same tables, columns, indexes and constraint names (tests compare them).

-- What the server remembers about itself, for example its secret.
CREATE TABLE meta (
    key TEXT NOT NULL,
    value BLOB NOT NULL,
    CONSTRAINT meta_key PRIMARY KEY (key)
) STRICT;

-- Players: guests (account 0) and people with an account (1). Times are Unix milliseconds.
CREATE TABLE users (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    account INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    CONSTRAINT users_id PRIMARY KEY (id),
    CONSTRAINT users_account CHECK (account IN (0, 1))
) STRICT, WITHOUT ROWID;

-- A session by the SHA-256 of its token.
CREATE TABLE sessions (
    token_hash BLOB NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT sessions_token_hash PRIMARY KEY (token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_user ON sessions (user_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- "Continue on another device": one code a session, gone when it is used or its session ends.
CREATE TABLE transfers (
    code_hash BLOB NOT NULL,
    session_hash BLOB NOT NULL REFERENCES sessions (token_hash) ON DELETE CASCADE,
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at INTEGER NOT NULL,
    CONSTRAINT transfers_code_hash PRIMARY KEY (code_hash),
    CONSTRAINT transfers_session_hash UNIQUE (session_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX transfers_by_user ON transfers (user_id);
CREATE INDEX transfers_by_expiry ON transfers (expires_at);

-- Finished matches. settings, results and hashes are JSON; deck and inputs are as the room encoded them.
CREATE TABLE matches (
    id TEXT NOT NULL,
    room TEXT NOT NULL,
    game TEXT NOT NULL,
    rules INTEGER NOT NULL,
    board TEXT,
    daily TEXT,
    challenge TEXT,
    settings TEXT NOT NULL,
    seed TEXT NOT NULL,
    deck BLOB NOT NULL,
    inputs BLOB NOT NULL,
    hashes TEXT NOT NULL,
    results TEXT NOT NULL,
    rounds INTEGER NOT NULL,
    max_points INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    finished_at INTEGER NOT NULL,
    CONSTRAINT matches_id PRIMARY KEY (id)
) STRICT;

-- Who played. A deleted user leaves its name behind. finished_at and challenge repeat the match's, for the indexes.
CREATE TABLE match_seats (
    match_id TEXT NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    seat INTEGER NOT NULL,
    user_id TEXT REFERENCES users (id) ON DELETE SET NULL,
    name TEXT NOT NULL,
    account INTEGER NOT NULL,
    rank INTEGER NOT NULL,
    points INTEGER NOT NULL,
    left_early INTEGER NOT NULL,
    challenge TEXT,
    finished_at INTEGER NOT NULL,
    CONSTRAINT match_seats_match_id_seat PRIMARY KEY (match_id, seat),
    CONSTRAINT match_seats_account CHECK (account IN (0, 1)),
    CONSTRAINT match_seats_left_early CHECK (left_early IN (0, 1))
) STRICT, WITHOUT ROWID;
CREATE INDEX match_seats_by_user ON match_seats (user_id, finished_at, match_id, seat);
CREATE INDEX match_seats_by_challenge ON match_seats (challenge, points, match_id, seat);

-- Matches whose players' totals are not counted yet.
CREATE TABLE outbox (
    match_id TEXT NOT NULL REFERENCES matches (id) ON DELETE CASCADE,
    CONSTRAINT outbox_match_id PRIMARY KEY (match_id)
) STRICT, WITHOUT ROWID;

-- Totals of a user over all matches. A win is the first rank among at least two seats.
CREATE TABLE user_stats (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    games INTEGER NOT NULL,
    wins INTEGER NOT NULL,
    points INTEGER NOT NULL,
    CONSTRAINT user_stats_user_id PRIMARY KEY (user_id)
) STRICT, WITHOUT ROWID;

-- A user's best match per board: average points a round, times 100.
CREATE TABLE user_bests (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    board TEXT NOT NULL,
    best INTEGER NOT NULL,
    match_id TEXT NOT NULL,
    CONSTRAINT user_bests_user_id_board PRIMARY KEY (user_id, board)
) STRICT, WITHOUT ROWID;

-- A board in a period: 2026-11-21, 2026-W47, 2026-11 or all.
CREATE TABLE board_scopes (
    id INTEGER PRIMARY KEY,
    board TEXT NOT NULL,
    period TEXT NOT NULL,
    players INTEGER NOT NULL,
    expires_at INTEGER,
    CONSTRAINT board_scopes_board_period UNIQUE (board, period)
) STRICT;
CREATE INDEX board_scopes_by_expiry ON board_scopes (expires_at);

-- One row a user on a board in a period. best is the average points a round of the best match, times 100.
CREATE TABLE board_rows (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scope INTEGER NOT NULL REFERENCES board_scopes (id) ON DELETE CASCADE,
    points INTEGER NOT NULL,
    best INTEGER NOT NULL,
    games INTEGER NOT NULL,
    best_match TEXT NOT NULL,
    CONSTRAINT board_rows_user_id_scope PRIMARY KEY (user_id, scope)
) STRICT, WITHOUT ROWID;
CREATE INDEX board_rows_by_points ON board_rows (scope, points, user_id);
CREATE INDEX board_rows_by_best ON board_rows (scope, best, user_id);
CREATE INDEX board_rows_by_games ON board_rows (scope, games, user_id);

-- How many rows of a scope have a value within a bucket (level 0) or a group of 64 buckets (level 1).
CREATE TABLE board_buckets (
    scope INTEGER NOT NULL REFERENCES board_scopes (id) ON DELETE CASCADE,
    metric INTEGER NOT NULL,
    level INTEGER NOT NULL,
    bucket INTEGER NOT NULL,
    players INTEGER NOT NULL,
    CONSTRAINT board_buckets_scope_metric_level_bucket PRIMARY KEY (scope, metric, level, bucket)
) STRICT, WITHOUT ROWID;

-- What was dealt on a day, the same for everyone.
CREATE TABLE daily_decks (
    date TEXT NOT NULL,
    seed TEXT NOT NULL,
    deck BLOB NOT NULL,
    CONSTRAINT daily_decks_date PRIMARY KEY (date)
) STRICT;

-- Who plays or played the daily of a date. match_id and points are set once it is finished.
CREATE TABLE daily_plays (
    user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    date TEXT NOT NULL,
    room TEXT NOT NULL,
    match_id TEXT,
    points INTEGER,
    started_at INTEGER NOT NULL,
    finished_at INTEGER,
    CONSTRAINT daily_plays_user_id_date PRIMARY KEY (user_id, date)
) STRICT, WITHOUT ROWID;

-- Open rooms, so that the database alone holds the games in play.
CREATE TABLE room_mirror (
    room TEXT NOT NULL,
    code TEXT NOT NULL,
    epoch INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    CONSTRAINT room_mirror_room PRIMARY KEY (room)
) STRICT, WITHOUT ROWID;

-- Ordered inputs of open rooms.
CREATE TABLE room_inputs (
    room TEXT NOT NULL REFERENCES room_mirror (room) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    data BLOB NOT NULL,
    CONSTRAINT room_inputs_room_seq PRIMARY KEY (room, seq)
) STRICT;

-- Latest-value inputs of open rooms.
CREATE TABLE room_latest (
    room TEXT NOT NULL REFERENCES room_mirror (room) ON DELETE CASCADE,
    slot INTEGER NOT NULL,
    data BLOB NOT NULL,
    CONSTRAINT room_latest_room_slot PRIMARY KEY (room, slot)
) STRICT;
