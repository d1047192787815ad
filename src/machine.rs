//! The memory of this machine, and the share of it that a server may use by default.

use std::path::{Path, PathBuf};

/// The minimum default.
const MEMORY_MIN: u64 = 512 << 20;

/// Assumed for a machine whose memory cannot be read.
const MEMORY_USUAL: u64 = 2 << 30;

/// Returns the default for memory held on behalf of clients: a quarter of the machine's memory, or of the process's
/// limit if that is lower, and at least 512 MiB.
pub(crate) fn memory_max() -> u64 {
    let proc = std::fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
    let allowed =
        std::fs::read_to_string("/proc/self/cgroup").ok().and_then(|text| allowed(&text, Path::new("/sys/fs/cgroup")));
    let there = proc.into_iter().chain(allowed).min().unwrap_or(MEMORY_USUAL);
    (there / 4).max(MEMORY_MIN)
}

/// Returns `MemTotal` of `/proc/meminfo`, in bytes.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1 << 10)
}

/// Returns the lowest memory limit of the control groups that contain the process. `/proc/self/cgroup` lists them:
/// `0::/system.slice/a.service` for all resources at once (version 2), `4:memory:/docker/ab12` for each (version 1). A
/// limit applies to all groups below it.
fn allowed(groups: &str, root: &Path) -> Option<u64> {
    let mut least = None;
    for line in groups.lines() {
        let mut parts = line.splitn(3, ':').skip(1);
        let (Some(resources), Some(group)) = (parts.next(), parts.next()) else { continue };
        let (root, file) = match resources {
            "" => (root.to_owned(), "memory.max"),
            _ if resources.split(',').any(|resource| resource == "memory") => {
                (root.join("memory"), "memory.limit_in_bytes")
            }
            _ => continue,
        };
        let group = root.join(group.trim_start_matches('/'));
        // Inside a container the group's own path may not exist, but the root does.
        for folder in group.ancestors().take_while(|folder| folder.starts_with(&root)) {
            let limit = limit(&folder.join(file));
            least = least.into_iter().chain(limit).min();
        }
    }
    least
}

/// Reads a limit as the kernel writes it; `None` for `max`.
fn limit(file: &PathBuf) -> Option<u64> {
    std::fs::read_to_string(file).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_machines_memory_is_read() {
        assert_eq!(total("MemFree: 12 kB\nMemTotal:       16384256 kB\n"), Some(16_384_256 << 10));
        assert_eq!(total("nothing of the kind"), None);
        assert!(memory_max() >= MEMORY_MIN);
    }

    #[test]
    fn the_least_limit_above_the_process_counts() {
        let root = tempfile::tempdir().unwrap();
        let group = root.path().join("a.slice/b.service");
        fs::create_dir_all(&group).unwrap();
        fs::write(group.join("memory.max"), "max\n").unwrap();
        assert_eq!(allowed("0::/a.slice/b.service\n", root.path()), None);
        fs::write(root.path().join("a.slice/memory.max"), "1073741824\n").unwrap();
        assert_eq!(allowed("0::/a.slice/b.service\n", root.path()), Some(1 << 30));
        fs::write(group.join("memory.max"), "536870912\n").unwrap();
        assert_eq!(allowed("0::/a.slice/b.service\n", root.path()), Some(512 << 20));
    }

    #[test]
    fn groups_of_the_first_version_are_read_too() {
        let root = tempfile::tempdir().unwrap();
        let group = root.path().join("memory/docker/ab12");
        fs::create_dir_all(&group).unwrap();
        fs::write(group.join("memory.limit_in_bytes"), "268435456\n").unwrap();
        // The kernel writes a very large number for no limit.
        fs::write(root.path().join("memory/memory.limit_in_bytes"), "9223372036854771712\n").unwrap();
        assert_eq!(allowed("4:cpu,memory:/docker/ab12\n1:name=systemd:/x\n", root.path()), Some(256 << 20));
    }
}
