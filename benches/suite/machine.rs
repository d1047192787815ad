//! The machine of a measurement: figures from two machines are not comparable.

use std::fs::read_to_string;
use std::path::Path;
use std::process::Command;

/// Returns date, code and machine, one line each.
pub(crate) fn context(folder: &Path, section: &str) -> Vec<String> {
    let date = chrono::Utc::now().format("%Y-%m-%d %H:%M UTC");
    let commit = said("git", &["describe", "--always", "--dirty", "--exclude=*"]).unwrap_or_else(|| "unknown".into());
    vec![
        format!("measured {date}, commit {commit}, `make bench ARGS={section}`"),
        format!(
            "{} × {}, {} GiB of memory, {}, {}",
            std::thread::available_parallelism().map_or(0, usize::from),
            processor().unwrap_or_else(|| "unknown processor".into()),
            memory_gib().unwrap_or_default(),
            disk(folder).unwrap_or_else(|| "unknown disk".into()),
            said("uname", &["-sr"]).unwrap_or_else(|| "unknown system".into()),
        ),
        format!("load of the machine before: {}", load().unwrap_or_else(|| "unknown".into())),
    ]
}

fn processor() -> Option<String> {
    let text = read_to_string("/proc/cpuinfo").ok()?;
    let name = text.lines().find(|line| line.starts_with("model name"))?.split_once(':')?.1;
    Some(name.trim().to_owned())
}

fn memory_gib() -> Option<u64> {
    let text = read_to_string("/proc/meminfo").ok()?;
    let kib: u64 = text.lines().next()?.split_whitespace().nth(1)?.parse().ok()?;
    Some((kib + (1 << 19)) >> 20)
}

fn disk(folder: &Path) -> Option<String> {
    let text = said("df", &["--output=fstype", folder.to_str()?])?;
    Some(text.lines().nth(1)?.trim().to_owned())
}

/// Returns the load average of the last minute: on a busy machine the figures include other work.
fn load() -> Option<String> {
    Some(read_to_string("/proc/loadavg").ok()?.split_whitespace().next()?.to_owned())
}

fn said(program: &str, arguments: &[&str]) -> Option<String> {
    let output = Command::new(program).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
