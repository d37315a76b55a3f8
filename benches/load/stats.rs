//! What is measured: histograms of microseconds, and what the kernel says about a process.

use hdrhistogram::Histogram;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::time::{Duration, Instant};

/// Clock ticks a second in /proc (`getconf CLK_TCK`): 100 on every Linux that Rust builds for.
const TICKS: f64 = 100.0;

/// Durations in microseconds, from one up to a minute.
pub(crate) struct Times(RefCell<Histogram<u64>>);

impl Default for Times {
    fn default() -> Self {
        Self(RefCell::new(Histogram::new_with_bounds(1, 60_000_000, 3).expect("valid bounds")))
    }
}

impl Times {
    pub(crate) fn record(&self, time: Duration) {
        self.0.borrow_mut().saturating_record(time.as_micros() as u64);
    }

    pub(crate) fn clear(&self) {
        self.0.borrow_mut().reset();
    }

    pub(crate) fn ms(&self, quantile: f64) -> f64 {
        round(self.0.borrow().value_at_quantile(quantile) as f64 / 1000.0, 3)
    }

    pub(crate) fn json(&self) -> Value {
        let max = round(self.0.borrow().max() as f64 / 1000.0, 3);
        json!({"n": self.0.borrow().len(), "p50_ms": self.ms(0.5), "p90_ms": self.ms(0.9), "p99_ms": self.ms(0.99),
               "p999_ms": self.ms(0.999), "max_ms": max})
    }

    pub(crate) fn line(&self) -> String {
        format!("p50 {} · p99 {} · p99.9 {} ms", self.ms(0.5), self.ms(0.99), self.ms(0.999))
    }
}

pub(crate) fn round(value: f64, digits: i32) -> f64 {
    let by = 10_f64.powi(digits);
    (value * by).round() / by
}

/// Seconds of processor time that a process used.
pub(crate) fn cpu_s(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // The name in brackets may hold anything; fields count from behind it.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / TICKS
}

/// A line of /proc/PID/status in MB: `VmRSS` (resident now), `VmHWM` (its peak).
pub(crate) fn memory_mb(pid: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let kb = status.lines().find_map(|found| found.strip_prefix(line)?.strip_prefix(':'));
    let kb = kb.and_then(|rest| rest.split_whitespace().next()?.parse::<f64>().ok());
    round(kb.unwrap_or(0.0) / 1024.0, 2)
}

/// Of the server's resident memory, what is its own (not pages of the binary and other files), in MB.
pub(crate) fn own_mb(pid: u32) -> f64 {
    memory_mb(pid, "RssAnon")
}

/// Processor time of the server and of this program over a span.
pub(crate) struct Cpu {
    pid: u32,
    began: Instant,
    server: f64,
    own: f64,
}

impl Cpu {
    pub(crate) fn start(pid: u32) -> Self {
        Self { pid, began: Instant::now(), server: cpu_s(pid), own: cpu_s(std::process::id()) }
    }

    pub(crate) fn seconds(&self) -> f64 {
        self.began.elapsed().as_secs_f64()
    }

    pub(crate) fn server_s(&self) -> f64 {
        cpu_s(self.pid) - self.server
    }

    /// Percent of one core: the server's, this program's.
    pub(crate) fn percent(&self) -> (f64, f64) {
        let seconds = self.seconds();
        let own = cpu_s(std::process::id()) - self.own;
        (round(100.0 * self.server_s() / seconds, 1), round(100.0 * own / seconds, 1))
    }
}

/// Load of the machine over the last minute, to know how quiet it was.
pub(crate) fn machine_load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// One line for a person, one of JSON for docs/benchmarks.md.
pub(crate) fn report(mode: &str, line: &str, mut figures: Value) {
    figures["mode"] = json!(mode);
    figures["machine_load"] = json!(machine_load());
    println!("{mode}: {line}");
    println!("{figures}");
}
