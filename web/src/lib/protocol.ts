// Generated from the Rust types by `SNUG_WRITE=1 cargo test --lib typescript`. Do not edit.

/**
 * Why a match ended without a result.
 */
export type Aborted = "host" | "unreplayable";

/**
 * Action of any game.
 */
export type AnyAction = { "game": "atlas" } & AtlasAction;

/**
 * Event of any game.
 */
export type AnyEvent = { "game": "atlas" } & AtlasEvent;

/**
 * Settings of any game.
 */
export type AnySettings = { "game": "atlas" } & AtlasSettings;

/**
 * View of any game.
 */
export type AnyView = { "game": "atlas" } & AtlasView;

/**
 * What a seat may do.
 */
export type AtlasAction = { "do": "pin", 
/**
 * Round number, from 1.
 */
round: number, 
/**
 * Where.
 */
at: Point, 
/**
 * The country that was named.
 */
country?: string, } | { "do": "lock", 
/**
 * Round number, from 1.
 */
round: number, 
/**
 * Where, if it differs from the last pin.
 */
at?: Point, 
/**
 * The country that was named.
 */
country?: string, } | { "do": "skip", 
/**
 * Round number whose result is shown.
 */
round: number, };

/**
 * What follows from an input. All are public; a pin makes none.
 */
export type AtlasEvent = { "is": "round", 
/**
 * From 1.
 */
round: number, 
/**
 * Its kind.
 */
kind: AtlasKind, 
/**
 * What is asked.
 */
clue: Clue, 
/**
 * Token of the picture's address, see `GET /api/rooms/{code}/pictures/{token}`.
 */
picture: string | null, 
/**
 * When it ends, `None` when unlimited.
 */
deadline: MatchTime | null, } | { "is": "locked", 
/**
 * Which.
 */
seat: SeatId, } | { "is": "votes", 
/**
 * Seats that voted.
 */
seats: Array<SeatId>, 
/**
 * How many are needed.
 */
needed: number, } | { "is": "result", 
/**
 * Everyone's pins, distances and points.
 */
result: RoundResult, 
/**
 * When the next round begins; `None` after the last.
 */
next: MatchTime | null, } | { "is": "deadline", 
/**
 * To when.
 */
deadline: MatchTime | null, } | { "is": "seated", 
/**
 * The new seat.
 */
seat: SeatId, } | { "is": "seat", 
/**
 * Which.
 */
seat: SeatId, 
/**
 * Has a player at the other end.
 */
connected: boolean, 
/**
 * Will not come back.
 */
left: boolean, } | { "is": "finished", 
/**
 * Best first.
 */
standings: Array<Standing>, };

/**
 * A kind of round.
 */
export type AtlasKind = "city" | "silhouette" | "flag" | "orbit" | "lights" | "relief" | "rivers" | "stars";

/**
 * Where a match stands.
 */
export type AtlasPhase = "round" | "result" | "finished";

/**
 * The settings of a match.
 */
export type AtlasSettings = { 
/**
 * Rounds, 1–20.
 */
rounds: number, 
/**
 * Seconds a round, 10–600, `None` is unlimited.
 */
seconds: number | null, 
/**
 * Where answers are drawn from.
 */
region: Region, 
/**
 * How well known they are.
 */
difficulty: Difficulty, 
/**
 * Which kinds of round, at least one.
 */
kinds: Array<AtlasKind>, 
/**
 * Up to 500 extra points for a quick lock, in proportion to the points and the time left.
 */
time_bonus: boolean, };

/**
 * What one viewer may see now.
 */
export type AtlasView = { 
/**
 * The settings played.
 */
settings: AtlasSettings, 
/**
 * Where it stands.
 */
phase: AtlasPhase, 
/**
 * The running or last round, from 1.
 */
round: number, 
/**
 * Its kind.
 */
kind: AtlasKind, 
/**
 * What is asked.
 */
clue: Clue, 
/**
 * Token of the picture's address.
 */
picture: string | null, 
/**
 * When the round ends, or (in `result`) the next begins.
 */
deadline: MatchTime | null, 
/**
 * The viewer's own seat.
 */
seat: SeatId | null, 
/**
 * The viewer's own pin of the running round.
 */
pin: Point | null, 
/**
 * The country the viewer named.
 */
named: string | null, 
/**
 * All seats.
 */
seats: Array<SeatView>, 
/**
 * Seats that voted to go on.
 */
votes: Array<SeatId>, 
/**
 * Votes needed.
 */
votes_needed: number, 
/**
 * Finished rounds.
 */
results: Array<RoundResult>, 
/**
 * Set when over.
 */
standings: Array<Standing> | null, };

/**
 * Why a connection ends.
 */
export type Bye = "restart" | "kicked" | "left" | "closed" | "moved" | "abuse" | "silent";

/**
 * One line of chat.
 */
export type ChatLine = { 
/**
 * Who.
 */
member: MemberId, 
/**
 * The name at that time.
 */
name: string, 
/**
 * What.
 */
text: string, 
/**
 * A quick emote rather than a sentence.
 */
emote: boolean, 
/**
 * When, Unix milliseconds.
 */
at: number, };

/**
 * A frame from a client.
 */
export type ClientFrame = { "t": "hello", 
/**
 * Version of this protocol: 1.
 */
protocol: number, 
/**
 * The room's code or id.
 */
room: string, 
/**
 * A number that this client (tab, device) drew at random at its start: with it, command ids are told apart.
 */
client: number, 
/**
 * Bearer token of the session, for clients without cookies.
 */
token?: string, 
/**
 * Where the client stands, if it was here before.
 */
since?: Since, 
/**
 * New members only watch.
 */
watch?: boolean, } | { "t": "cmd", 
/**
 * Rises by one with each command of this client.
 */
id: number, 
/**
 * What.
 */
cmd: RoomCommand, } | { "t": "resync" } | { "t": "ping", 
/**
 * Comes back in the pong.
 */
n: number, };

/**
 * The room's clock as clients need it: match time at the moment of sending, and whether it runs.
 */
export type Clock = { 
/**
 * Match time now.
 */
now: MatchTime, 
/**
 * Whether it runs.
 */
running: boolean, };

/**
 * Why a room closed.
 */
export type Closed = "host" | "empty";

/**
 * What is asked in words.
 */
export type Clue = { 
/**
 * The place to find ("Lyon"), `None` in picture rounds.
 */
name: string | null, 
/**
 * Its country's name, when the difficulty gives it away.
 */
within: string | null, };

/**
 * A part of the world.
 */
export type Continent = "EU" | "AS" | "AF" | "NA" | "SA" | "OC" | "AN";

/**
 * How well known the places are.
 */
export type Difficulty = "easy" | "normal" | "hard";

/**
 * An error, the same on every door and over HTTP.
 */
export type ErrorBody = { 
/**
 * Stable, for programs; see docs/errors.md.
 */
code: string, 
/**
 * A sentence for a person.
 */
message: string, };

/**
 * Why somebody is no longer a member.
 */
export type Gone = "left" | "kicked" | "timed_out";

/**
 * What late joiners do.
 */
export type Late = "watch" | "next_round";

/**
 * Monotonic milliseconds of a match. Stands still while the match is paused and while the server is down.
 */
export type MatchTime = number;

/**
 * What is in play.
 */
export type MatchView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Match time stands still.
 */
paused: boolean, 
/**
 * The names that its seats had, by seat number; stays right when members leave.
 */
names: Array<string>, 
/**
 * Which daily this is (`2026-11-21`), if one.
 */
daily: string | null, 
/**
 * Which challenge this answers, if one: id of the match that it repeats.
 */
challenge: string | null, 
/**
 * The game as this viewer sees it.
 */
view: AnyView, };

/**
 * A member's number within its room, never used again for another.
 */
export type MemberId = number;

/**
 * One member as everyone sees it.
 */
export type MemberView = { 
/**
 * Its number in the room.
 */
id: MemberId, 
/**
 * The player's id (profile).
 */
user: string, 
/**
 * Name shown in this room, unique in it.
 */
name: string, 
/**
 * Has an account; `false` is a guest.
 */
account: boolean, 
/**
 * Seat in the running match.
 */
seat: SeatId | null, 
/**
 * Only watches.
 */
watch: boolean, 
/**
 * Has a connection, or lost it less than 10 s ago.
 */
connected: boolean, };

/**
 * A place on Earth in degrees, latitude −90..=90, longitude −180..180.
 */
export type Point = { 
/**
 * Latitude in degrees, north is positive.
 */
lat: number, 
/**
 * Longitude in degrees, east is positive. Accepted beyond ±180 (a map's second world) and wrapped.
 */
lon: number, };

/**
 * Where answers are drawn from.
 */
export type Region = "world" | { "continent": Continent } | { "country": string };

/**
 * What is told about the right answer once the round is over.
 */
export type Reveal = { 
/**
 * Its name.
 */
name: string, 
/**
 * ISO 3166-1 alpha-2 code of its country (the page outlines it).
 */
country: string, 
/**
 * Its country's name.
 */
country_name: string, 
/**
 * Where it is.
 */
point: Point, };

/**
 * What a member may do. Each gets exactly one reply.
 */
export type RoomCommand = { "type": "leave" } | { "type": "rename", 
/**
 * 1–24 characters.
 */
name: string, } | { "type": "watch", 
/**
 * Only watch.
 */
watch: boolean, } | { "type": "settings", 
/**
 * All of them.
 */
settings: RoomSettings, } | { "type": "start" } | { "type": "pause" } | { "type": "resume" } | { "type": "abort" } | { "type": "again" } | { "type": "kick", 
/**
 * Who.
 */
member: MemberId, } | { "type": "hand_over", 
/**
 * Who.
 */
member: MemberId, } | { "type": "close" } | { "type": "chat", 
/**
 * 1–300 characters.
 */
text: string, } | { "type": "emote", 
/**
 * Which.
 */
emote: string, } | { "type": "act", 
/**
 * What.
 */
action: AnyAction, };

/**
 * What follows from an input, as one member may see it.
 */
export type RoomEvent = { "type": "member", 
/**
 * All that is shown of it.
 */
member: MemberView, } | { "type": "gone", 
/**
 * Who.
 */
member: MemberId, 
/**
 * Why.
 */
why: Gone, } | { "type": "host", 
/**
 * Who.
 */
member: MemberId, } | { "type": "settings", 
/**
 * All of them.
 */
settings: RoomSettings, } | { "type": "chat", 
/**
 * The line.
 */
line: ChatLine, } | { "type": "started", 
/**
 * The match as this viewer sees it, after its first events.
 */
match: MatchView, } | { "type": "paused" } | { "type": "resumed" } | { "type": "game", 
/**
 * What.
 */
event: AnyEvent, } | { "type": "ended", 
/**
 * Id of the record, see `GET /api/matches/{id}`.
 */
match_id: string, 
/**
 * Best first.
 */
standings: Array<Standing>, } | { "type": "aborted", 
/**
 * Why.
 */
why: Aborted, } | { "type": "lobby" } | { "type": "closed", 
/**
 * Why.
 */
why: Closed, };

/**
 * The room's own settings.
 */
export type RoomSettings = { 
/**
 * Shown in the room list.
 */
public: boolean, 
/**
 * What late joiners do.
 */
late: Late, 
/**
 * The game and its settings.
 */
game: AnySettings, };

/**
 * All that one member may see of a room.
 */
export type RoomView = { 
/**
 * Its id.
 */
id: string, 
/**
 * Code to join, 6 characters.
 */
code: string, 
/**
 * The viewer's own number.
 */
you: MemberId, 
/**
 * Who is host.
 */
host: MemberId, 
/**
 * Settings.
 */
settings: RoomSettings, 
/**
 * Everyone, in the order in which they came.
 */
members: Array<MemberView>, 
/**
 * The newest lines, oldest first, 50 at most.
 */
chat: Array<ChatLine>, 
/**
 * The running match, or the last one while its result is shown.
 */
match: MatchView | null, 
/**
 * Id of the record once the match is over.
 */
ended: string | null, };

/**
 * One round's result.
 */
export type RoundResult = { 
/**
 * From 1.
 */
round: number, 
/**
 * Its kind.
 */
kind: AtlasKind, 
/**
 * What was asked.
 */
clue: Clue, 
/**
 * Token of its picture's address.
 */
picture: string | null, 
/**
 * The right answer.
 */
answer: Reveal, 
/**
 * One line a seat that played it, best of the round first.
 */
seats: Array<SeatResult>, };

/**
 * A place in a match that acts. Numbered from 0 in the order in which seats were taken.
 */
export type SeatId = number;

/**
 * One seat's result of one round.
 */
export type SeatResult = { 
/**
 * Whose.
 */
seat: SeatId, 
/**
 * The pin that counted, `None` when there was none.
 */
at: Point | null, 
/**
 * Metres to the answer, `None` without a pin.
 */
distance_m: number | null, 
/**
 * Points of this round, time bonus included.
 */
points: number, 
/**
 * The time bonus within `points`.
 */
bonus: number, 
/**
 * Points so far.
 */
total: number, 
/**
 * Rank so far; ties share one.
 */
rank: number, };

/**
 * One seat as everyone sees it.
 */
export type SeatView = { 
/**
 * Which.
 */
seat: SeatId, 
/**
 * Has locked in the running round.
 */
locked: boolean, 
/**
 * Has a player at the other end.
 */
connected: boolean, 
/**
 * Will not come back.
 */
left: boolean, 
/**
 * Waits for the next round.
 */
waiting: boolean, 
/**
 * Points up to the last finished round.
 */
total: number, 
/**
 * Rank up to the last finished round; ties share one.
 */
rank: number, };

/**
 * A frame to a client.
 */
export type ServerFrame = { "t": "welcome", 
/**
 * The room's epoch.
 */
epoch: number, 
/**
 * Version that this client has reached with this frame.
 */
v: number, 
/**
 * The clock.
 */
clock: Clock, 
/**
 * Set unless the events since `since` follow.
 */
view: RoomView | null, 
/**
 * Send something at least this often, milliseconds; the server's silence may be twice as long.
 */
heartbeat_ms: number, } | { "t": "view", 
/**
 * The room's epoch.
 */
epoch: number, 
/**
 * Its version.
 */
v: number, 
/**
 * The clock.
 */
clock: Clock, 
/**
 * All.
 */
view: RoomView, } | { "t": "event", 
/**
 * The version reached.
 */
v: number, 
/**
 * The version that this client was sent before; another one means that a frame is missing: ask for `resync`.
 */
prev: number, 
/**
 * Match time at which it happened.
 */
clock: Clock, 
/**
 * In this order, at least one.
 */
events: Array<RoomEvent>, } | { "t": "reply", 
/**
 * The command's id.
 */
id: number, 
/**
 * Done, at this version (0: it raised none).
 */
v?: number, 
/**
 * Refused.
 */
error?: ErrorBody, } | { "t": "error", 
/**
 * What was wrong.
 */
error: ErrorBody, } | { "t": "pong", 
/**
 * From the ping.
 */
n: number, 
/**
 * The clock.
 */
clock: Clock, } | { "t": "bye", 
/**
 * Why.
 */
why: Bye, 
/**
 * Come back after this many milliseconds; `None`: do not.
 */
retry_ms: number | null, };

/**
 * Where a client stands: what it resumes from.
 */
export type Since = { 
/**
 * The room's epoch; another one means that versions cannot be compared.
 */
epoch: number, 
/**
 * Version of the newest frame that was applied.
 */
v: number, };

/**
 * One line of the final standing.
 */
export type Standing = { 
/**
 * Whose line it is.
 */
seat: SeatId, 
/**
 * 1 is best; ties share a rank, the next rank is skipped (1, 1, 3).
 */
rank: number, 
/**
 * Points over the whole match.
 */
points: number, 
/**
 * The player left before the end.
 */
left: boolean, };

