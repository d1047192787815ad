//! What the system says of a process: its CPU time and its memory. On systems without /proc all of it is 0.

use std::fs;

/// Ticks a second in /proc/PID/stat: a constant of Linux towards programs.
const TICKS_PER_SECOND: f64 = 100.0;

/// CPU seconds a process has used, and its ended children with it.
pub(crate) fn cpu_seconds(pid: u32) -> f64 {
    stat(&format!("/proc/{pid}/stat")).map_or(0.0, |stat| stat.cpu_seconds)
}

/// CPU seconds this process has used.
pub(crate) fn cpu_seconds_self() -> f64 {
    stat("/proc/self/stat").map_or(0.0, |stat| stat.cpu_seconds)
}

/// CPU seconds a process and the children it has now have used, and those that ended. Of children of one thread each.
pub(crate) fn cpu_seconds_with_children(pid: u32) -> f64 {
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let children = processes
        .map(|entry| entry.path().display().to_string())
        .filter_map(|process| Some((stat(&format!("{process}/stat"))?, process)))
        .filter(|(stat, _)| stat.parent == pid)
        .map(|(stat, process)| run_seconds(&process).unwrap_or(stat.cpu_seconds));
    cpu_seconds(pid) + children.sum::<f64>()
}

/// What a process of one thread has run for, to the nanosecond: many that each do little lose much of it to whole ticks.
fn run_seconds(process: &str) -> Option<f64> {
    let text = fs::read_to_string(format!("{process}/schedstat")).ok()?;
    Some(text.split_whitespace().next()?.parse::<f64>().ok()? / 1e9)
}

/// Resident memory of a process, in MiB: now, and the most it ever was.
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

/// Reads /proc/PID/stat. The name, in brackets, may hold anything: fields are counted from behind it.
fn stat(path: &str) -> Option<Stat> {
    let text = fs::read_to_string(path).ok()?;
    let fields: Vec<&str> = text.rsplit_once(") ")?.1.split_whitespace().collect();
    let ticks = fields.get(11..15)?.iter().map(|field| field.parse::<f64>().unwrap_or_default()).sum::<f64>();
    Some(Stat { parent: fields.get(1)?.parse().ok()?, cpu_seconds: ticks / TICKS_PER_SECOND })
}
