//! The real program while it runs: to be killed, to be waited for, many at once.

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::Sandbox;
use super::program::Ended;

/// A run of the program that goes on beside the test.
pub struct Running {
    child: Victim,
    out: JoinHandle<String>,
    err: JoinHandle<String>,
}

/// A process that may be killed before the test knows that it was started.
pub type Victim = Arc<Mutex<Option<Child>>>;

/// Ends a process with SIGKILL and waits until it is gone.
pub fn kill(victim: &Victim) {
    let mut child = victim.lock().unwrap();
    let child = child
        .as_mut()
        .expect("whoever starts the process holds the lock until it runs");
    child.kill().unwrap();
    child.wait().unwrap();
}

impl Sandbox {
    /// Starts the program and does not wait for it.
    pub fn start(&self, args: &[&str]) -> Running {
        self.start_as(&Victim::default(), args)
    }

    /// As [`Sandbox::start`], for one who is to kill it.
    pub fn start_as(&self, victim: &Victim, args: &[&str]) -> Running {
        let mut child = victim.lock().unwrap();
        let mut process = spawn(&self.command(args));
        let (out, err) = (collect(process.stdout.take()), collect(process.stderr.take()));
        *child = Some(process);
        Running {
            child: Arc::clone(victim),
            out,
            err,
        }
    }
}

impl Running {
    /// Waits for its end.
    pub fn finish(self) -> Ended {
        let (out, err) = (self.out.join().unwrap(), self.err.join().unwrap());
        let mut child = self.child.lock().unwrap();
        let status = child.as_mut().expect("it was started").wait().unwrap();
        Ended {
            code: status.code().unwrap_or(-1),
            out,
            err,
        }
    }

    /// Whether it still runs.
    pub fn is_running(&self) -> bool {
        let mut child = self.child.lock().unwrap();
        child.as_mut().expect("it was started").try_wait().unwrap().is_none()
    }
}

#[expect(clippy::disallowed_methods, reason = "xshell waits for what it starts")]
fn spawn(command: &assert_cmd::Command) -> Child {
    let mut process = Command::new(command.get_program());
    process.args(command.get_args());
    if let Some(folder) = command.get_current_dir() {
        process.current_dir(folder);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => process.env(name, value),
            None => process.env_remove(name),
        };
    }
    process
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn collect(stream: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        if let Some(mut stream) = stream {
            stream.read_to_string(&mut text).unwrap();
        }
        text
    })
}
