//! Runs other programs, with a time limit: none of them may hang the toolkit.
//!
//! Programs are described with `xshell`; what they print is collected, and shown only when they fail.

use std::io::{BufRead, BufReader, Read};
use std::process::{Command, Stdio};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use xshell::{Cmd, Shell};

/// What a program that answers at once may take.
pub(super) const SHORT: Duration = Duration::from_secs(30);
/// What starting, stopping or importing something may take.
pub(super) const LONG: Duration = Duration::from_secs(300);
/// What a download over a slow line may take.
pub(super) const DOWNLOAD: Duration = Duration::from_secs(1200);

enum Line {
    Out(String),
    Err(String),
}

/// A shell; it runs nothing by itself.
pub(super) fn shell() -> Result<Shell> {
    Shell::new().context("failed to find the current folder")
}

/// Runs a program to its end and returns its standard output, without the white space around it.
pub(super) fn run(command: Cmd<'_>, limit: Duration) -> Result<String> {
    watch(command, limit, |_| ())
}

/// As [`run`], and hands over each line of standard error as it comes.
pub(super) fn watch(command: Cmd<'_>, limit: Duration, mut on_line: impl FnMut(&str)) -> Result<String> {
    let shown = command.to_string();
    let mut child = Command::from(command)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("failed to run `{shown}`"))?;

    let (sender, lines) = channel();
    forward(child.stdout.take(), sender.clone(), Line::Out);
    forward(child.stderr.take(), sender, Line::Err);
    let deadline = Instant::now() + limit;
    let (mut out, mut err) = (String::new(), String::new());
    loop {
        match lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
            Ok(Line::Out(line)) => out.push_str(&(line + "\n")),
            Ok(Line::Err(line)) => {
                on_line(&line);
                err.push_str(&(line + "\n"));
            }
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => {
                child.kill().ok();
                child.wait().ok();
                bail!("`{shown}` did not end within {} s", limit.as_secs());
            }
        }
    }
    let status = child.wait().with_context(|| format!("failed to wait for `{shown}`"))?;
    if !status.success() {
        let said = if err.trim().is_empty() { &out } else { &err };
        bail!("`{shown}` failed: {}", tail(said, 20));
    }
    Ok(out.trim().to_owned())
}

/// The last `count` lines of a text.
pub(super) fn tail(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.trim().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

fn forward(stream: Option<impl Read + Send + 'static>, lines: Sender<Line>, wrap: fn(String) -> Line) {
    let Some(stream) = stream else { return };
    thread::spawn(move || {
        for line in BufReader::new(stream).split(b'\n').map_while(Result::ok) {
            if lines.send(wrap(String::from_utf8_lossy(&line).into_owned())).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use xshell::cmd;

    #[test]
    fn a_program_that_hangs_is_ended() {
        let shell = shell().unwrap();
        let begin = Instant::now();
        let error = run(cmd!(shell, "sleep 60"), Duration::from_millis(100)).unwrap_err();
        assert!(error.to_string().contains("did not end"), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(30));
    }

    #[test]
    fn a_failure_shows_what_the_program_said() {
        let shell = shell().unwrap();
        let error = run(cmd!(shell, "ls /no/such/folder"), SHORT).unwrap_err();
        assert!(error.to_string().contains("No such file"), "{error}");
    }
}
