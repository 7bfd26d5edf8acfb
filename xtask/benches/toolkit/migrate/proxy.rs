//! A TCP proxy that holds every byte back for a while, in order and without narrowing the stream: distance.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::channel;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;

/// A listening proxy; its threads end with their connections, and the listener with the program.
pub struct Proxy {
    /// Where it listens, on the loopback address.
    pub port: u16,
}

impl Proxy {
    /// Leads to `port` with `delay` each way.
    pub fn start(port: u16, delay: Duration) -> Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let proxy = Self {
            port: listener.local_addr()?.port(),
        };
        thread::spawn(move || {
            for near in listener.incoming().flatten() {
                if let Ok(far) = TcpStream::connect(("127.0.0.1", port)) {
                    // A side that can't be served is closed when it is dropped, which the other end notices.
                    let _ = join(&near, &far, delay);
                }
            }
        });
        Ok(proxy)
    }
}

fn join(near: &TcpStream, far: &TcpStream, delay: Duration) -> std::io::Result<()> {
    for (from, to) in [(near, far), (far, near)] {
        to.set_nodelay(true)?;
        forward(from.try_clone()?, to.try_clone()?, delay);
    }
    Ok(())
}

fn forward(mut from: TcpStream, mut to: TcpStream, delay: Duration) {
    let (arrived, departing) = channel::<(Instant, Vec<u8>)>();
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 16];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if arrived
                .send((Instant::now() + delay, buffer[..length].to_vec()))
                .is_err()
            {
                return;
            }
        }
    });
    thread::spawn(move || {
        for (due, bytes) in departing {
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if to.write_all(&bytes).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Both);
    });
}
