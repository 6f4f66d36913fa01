//! CPU time and peak memory of a process, from Linux's /proc.

use crate::command::{command, output};
use crate::failure::Failure;
use std::time::Duration;

/// Reads what processes use.
#[derive(Debug, Clone, Copy)]
pub(super) struct Usage {
    /// Ticks of /proc in a second.
    ticks_per_second: u32,
}

impl Usage {
    /// Asks the system for the length of a tick.
    pub(super) fn new() -> Result<Self, Failure> {
        let text = output(&mut command("getconf", &["CLK_TCK"]))?;
        let ticks_per_second = text
            .trim()
            .parse()
            .map_err(|_| Failure::Check(format!("getconf CLK_TCK printed `{}`", text.trim())))?;
        Ok(Self { ticks_per_second })
    }

    /// User and system time of a process since its start, to a tick.
    pub(super) fn cpu_time(self, process: u32) -> Result<Duration, Failure> {
        let stat = read(process, "stat")?;
        let ticks = ticks(&stat).ok_or_else(|| unreadable(process, "stat"))?;
        Ok(Duration::from_secs(ticks) / self.ticks_per_second)
    }
}

/// The peak memory of a process, in bytes.
pub(super) fn peak_memory(process: u32) -> Result<u64, Failure> {
    let status = read(process, "status")?;
    bytes(&status, "VmHWM:").ok_or_else(|| unreadable(process, "status"))
}

/// The memory that a process has now, in bytes.
pub(super) fn memory(process: u32) -> Result<u64, Failure> {
    let status = read(process, "status")?;
    bytes(&status, "VmRSS:").ok_or_else(|| unreadable(process, "status"))
}

/// The bytes that a process has sent to the disk, in whole pages: proc_pid_io(5). What was removed
/// before it was written is not counted.
pub(super) fn written_bytes(process: u32) -> Result<u64, Failure> {
    let io = read(process, "io")?;
    let bytes = |name: &str| {
        let line = io.lines().find_map(|line| line.strip_prefix(name));
        let bytes = line.and_then(|bytes| bytes.trim().parse().ok());
        bytes.ok_or_else(|| unreadable(process, "io"))
    };
    let written: u64 = bytes("write_bytes:")?;
    Ok(written.saturating_sub(bytes("cancelled_write_bytes:")?))
}

/// Lets the peak memory of a process begin again at what it has now: proc_pid_clear_refs(5).
pub(super) fn reset_peak_memory(process: u32) -> Result<(), Failure> {
    let path = format!("/proc/{process}/clear_refs");
    std::fs::write(&path, "5").map_err(Failure::path(path))
}

fn read(process: u32, file: &str) -> Result<String, Failure> {
    let path = format!("/proc/{process}/{file}");
    std::fs::read_to_string(&path).map_err(Failure::path(path))
}

fn unreadable(process: u32, file: &str) -> Failure {
    Failure::Check(format!(
        "/proc/{process}/{file} does not have the format of proc(5)"
    ))
}

/// utime and stime, fields 14 and 15 of proc_pid_stat(5). The second field, the name, may
/// have spaces and parentheses in it.
fn ticks(stat: &str) -> Option<u64> {
    let (_, behind_name) = stat.rsplit_once(") ")?;
    let mut fields = behind_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn bytes(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find(|line| line.starts_with(name))?;
    let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kibibytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpu_ticks_are_read_behind_a_name_with_spaces() {
        let stat = "7 (a (b) c) S 1 7 7 0 -1 4194560 900 0 0 0 31 11 0 0 20 0 4 0 99";
        assert_eq!(ticks(stat), Some(42));
    }

    #[test]
    fn memory_is_read_in_bytes() {
        let status = "Name:\tthroughline\nVmPeak:\t  9000 kB\nVmHWM:\t    12 kB\nVmRSS:\t 9 kB\n";
        assert_eq!(bytes(status, "VmHWM:"), Some(12 * 1024));
        assert_eq!(bytes(status, "VmRSS:"), Some(9 * 1024));
    }
}
