//! How much memory this process has had at once, where the system tells it; the client of Docker is in it.

use std::fs;

/// The peak since the program began or [`forget_peak`] was called, as `15324 kB`.
pub fn peak() -> Option<String> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().to_owned())
}

/// Makes what is in use now the peak; where that can't be done, the peak stays what it was, which is no less.
pub fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").ok();
}
