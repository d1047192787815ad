//! CPU time and memory of a process, from the system. Without /proc all figures are 0.

use std::fs;

/// Ticks per second in /proc/PID/stat: constant in Linux's interface to programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// Returns the CPU seconds of a process, including its ended children.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    stat(&format!("/proc/{pid}/stat")).map_or(0.0, |stat| stat.cpu_seconds)
}

/// Returns the CPU seconds of this process.
pub(crate) fn cpu_seconds_self() -> f64 {
    stat("/proc/self/stat").map_or(0.0, |stat| stat.cpu_seconds)
}

/// Returns the CPU seconds of a process and its children, running and ended. The children must be single-threaded.
pub(crate) fn cpu_seconds_with_children(pid: u32) -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = processes
        .map(|entry| entry.path().display().to_string())
        .filter_map(|process| Some((stat(&format!("{process}/stat"))?, process)))
        .filter(|(stat, _)| stat.parent == pid)
        .map(|(stat, process)| run_seconds(&process).unwrap_or(stat.cpu_seconds));
    cpu_seconds(pid) + children.sum::<f64>()
}

/// Returns the run time of a single-threaded process in nanosecond resolution: for many processes with little work
/// each, ticks are too coarse.
fn run_seconds(process: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("{process}/schedstat")).ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// Resident memory of a process, in MiB: now, and its peak.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Resident {
    pub(crate) now_mib: f64,
    pub(crate) peak_mib: f64,
}

pub(crate) fn resident(pid: u32) -> Option<Resident> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let kib = |name: &str| -> Option<f64> {
        status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
    };
    Some(Resident { now_mib: kib("VmRSS:")? / 1024.0, peak_mib: kib("VmHWM:")? / 1024.0 })
}

struct Stat {
    parent: u32,
    cpu_seconds: f64,
}

/// Reads /proc/PID/stat. The name in parentheses can contain anything, so fields are counted after it.
fn stat(path: &str) -> Option<Stat> {
    let text = fs::read_to_string(path).ok()?;
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<f64>().unwrap_or_default()).sum::<f64>();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, cpu_seconds: ticks / TICKS_PER_SECOND })
}
