// Writes docs/benchmarks.md from what bench.sh measured. Usage: node scripts/bench-report.mjs TARGET
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, statSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join } from 'node:path';

const target = process.argv[2] ?? 'target';
const run = (command, ...args) => execFileSync(command, args, { encoding: 'utf8' }).trim();
const lines = (file) => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : []);
// The last run of a mode counts.
const load = Object.fromEntries(lines(join(target, 'bench/load.jsonl')).map((line) => [JSON.parse(line).mode, JSON.parse(line)]));
const mb = (bytes) => (bytes / 1048576).toFixed(1);

const sizeOf = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
const assets = ['assets/geo', 'assets/map', 'assets/pictures'].map(sizeOf).reduce((a, b) => a + b, 0);
const dist = existsSync('web/dist') ? sizeOf('web/dist') : 0;
const binary = existsSync(join(target, 'release/snug')) ? statSync(join(target, 'release/snug')).size : 0;

// Why a budget is missed, where that is known.
const WHY = JSON.parse(readFileSync('scripts/bench-why.json', 'utf8'));
const rows = [];
const budget = (id, what, bar, figure, holds, remark = '') =>
  rows.push(`| ${what} | ${bar} | ${figure} | ${holds ? 'yes' : `**no**${WHY[id] ? `: ${WHY[id]}` : ''}`} | ${remark} |`);
const with_ = (mode, write) => (load[mode] ? write(load[mode]) : rows.push(`| (${mode}) | | not measured | | |`));

with_('memory', (m) => {
  budget('idle_memory', 'resident memory at rest', '25 MB', `${m.idle_mb} MB`, m.idle_mb <= 25, `${m.idle_anon_mb} MB of it its own, the rest pages of the binary`);
  budget('memory', 'the same after 1,000 rounds', '25 MB', `${m.after_mb} MB`, m.after_mb <= 25, `${m.rounds} rounds, ${m.matches} matches; ${m.after_anon_mb} MB its own, peak ${m.peak_mb} MB`);
});
with_('render', (m) => budget('render', 'peak while rendering', '80 MB', `${m.peak_mb} MB`, m.peak_mb <= 80, 'pictures of all kinds, 8 at once'));
with_('start', (m) => budget('start', `start to ready with ${m.users} users`, '100 ms', `${m.median_ms} ms`, m.median_ms <= 100, `median of ${m.runs} after kill -9, best ${m.best_ms}; empty directory ${m.fresh_ms}`));
with_('restart', (m) => {
  const bar = 100 + m.rooms;
  budget('restart', `the same with ${m.rooms} open rooms`, `${bar} ms`, `${m.ready_ms} ms`, m.ready_ms <= bar, `all ${m.back} of ${m.clients} clients back after ${m.back_s} s`);
  budget('loss', 'kill -9: acknowledged inputs lost', '0', `${m.lost} of ${m.due}`, m.lost === 0 && m.twice === 0, `${m.twice} seen twice`);
});
budget('binary', 'binary', '40 MB', `${mb(binary)} MB`, binary > 0 && binary <= 40 * 1048576);
budget('assets', 'embedded assets', '20 MB', `${mb(assets + dist)} MB`, assets + dist <= 20 * 1048576, `content ${mb(assets)} MB, page ${mb(dist)} MB`);
with_('idle', (m) => budget('idle', 'a quiet socket', '12 KB', `${m.kb_each} KB`, m.kb_each <= 12, `${m.sockets} sockets in lobbies of ${m.room}`));
with_('play', (m) => {
  budget('play', `${m.seats} seats in ${m.rooms} rooms: lock to the others' "locked", p99`, '10 ms', `${m.locked.p99_ms} ms`, m.locked.p99_ms <= 10,
    `p50 ${m.locked.p50_ms}, p99.9 ${m.locked.p999_ms} ms at ${m.pins_per_s} pins/s and ${m.locks_per_s} locks/s; server ${m.server_cpu_percent} % of a core, load program ${m.load_cpu_percent} %`);
});
with_('inputs', (m) => budget('inputs', 'durable inputs through sockets', '20,000/s', `${m.inputs_per_s}/s`, m.inputs_per_s >= 20_000, `${m.cpu_us_per_input} CPU-µs each; server ${m.server_cpu_percent} %, load program ${m.load_cpu_percent} % of a core`));
with_('http', (m) => {
  budget('http', 'the HTTP stack over a bare axum handler', '20 CPU-µs', `${m.over_us} CPU-µs`, m.over_us <= 20, `${m.stack_us} against ${m.bare_us}`);
  budget('board', 'leaderboard page and own rank among 1M, over HTTP', '1 ms', `${m.board.p50_ms} ms`, m.board.p50_ms <= 1, `median; p99 ${m.board.p99_ms} ms`);
});
with_('page', (m) => budget('page', 'first page', '150 KB', m.built ? `${m.kb} KB` : 'the page was not built', m.built && m.kb <= 150, `${m.files} files, compressed`));
with_('jitter', (m) => budget('jitter', 'events delivered while every connection is cut every 15 s', '100 %', `${m.share_percent} %`, m.delivered === m.due && m.twice === 0, `${m.due} events, ${m.cuts} cuts, ${m.fresh_views} fresh views; back with all that was missed in p50 ${m.replay.p50_ms}, p99 ${m.replay.p99_ms} ms`));
with_('soak', (m) => budget('soak', `memory while playing on for ${m.minutes} minutes`, 'flat', `${m.mb_per_hour} MB an hour`, Math.abs(m.mb_per_hour) <= 10, `${m.rounds} rounds; ${m.anon_first_mb} MB after a third, ${m.anon_last_mb} MB at the end`));
for (const page of ['home', 'lobby']) {
  const file = join(target, `bench/lighthouse-${page}.json`);
  if (!existsSync(file)) {
    rows.push(`| Lighthouse, ${page} | 95 | not measured | | it did not run: see what bench.sh said |`);
    continue;
  }
  const scores = Object.values(JSON.parse(readFileSync(file, 'utf8')).categories).map((one) => `${one.title} ${Math.round(one.score * 100)}`);
  const worst = Math.min(...scores.map((score) => Number(score.split(' ').pop())));
  budget('lighthouse', `Lighthouse, ${page}`, '95', String(worst), worst >= 95, scores.join(', '));
}

// Criterion's own files: one estimates.json a bench.
const criterion = join(target, 'criterion');
const time = (ns) => (ns >= 1e6 ? `${(ns / 1e6).toFixed(2)} ms` : ns >= 1e3 ? `${(ns / 1e3).toFixed(2)} µs` : `${ns.toFixed(0)} ns`);
const benches = existsSync(criterion)
  ? readdirSync(criterion, { recursive: true })
      .filter((path) => path.endsWith('new/estimates.json'))
      .map((path) => {
        const named = JSON.parse(readFileSync(join(criterion, path.replace('estimates.json', 'benchmark.json')), 'utf8'));
        const median = JSON.parse(readFileSync(join(criterion, path), 'utf8')).median.point_estimate;
        return `| ${named.full_id} | ${time(median)} |`;
      })
      .sort()
  : [];

const memory = (totalmem() / 2 ** 30).toFixed(0);
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${memory} GB, ${run('uname', '-sr')}`;
const busy = Object.values(load).map((one) => one.machine_load);
const json = Object.values(load).map((one) => JSON.stringify(one));
process.stdout.write(`# Benchmarks

Measured by \`make bench\` on ${new Date().toISOString().slice(0, 10)}, which writes this file. ${machine};
${run('rustc', '--version')}; Snug at ${run('git', 'rev-parse', '--short', 'HEAD')}. The load average of the machine stood between ${Math.min(...busy)} and
${Math.max(...busy)} on ${cpus().length} cores while this ran: above ${cpus().length}, other programs took turns with server and load program, and latencies show their turns too.
Server, load program and disk share the machine. Everything goes over real sockets to the real binary, and every input is on disk (fsync) before anyone hears of it.

## Budgets

| what | bar | measured | held | |
|---|---|---|---|---|
${rows.join('\n')}

## Hot paths (criterion, median)

| bench | time |
|---|---|
${benches.join('\n')}

## Everything that the load program said

One line a mode; times in milliseconds, its own processor time apart.

\`\`\`json
${json.join('\n')}
\`\`\`
`);
