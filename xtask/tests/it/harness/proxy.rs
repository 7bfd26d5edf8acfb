//! A proxy between the program and the server that reads along: it counts messages and round trips, and at a chosen message it stands
//! still while a test does something terrible.
//!
//! It knows no more of the protocol than where a message ends
//! (<https://www.postgresql.org/docs/current/protocol-message-formats.html>). Messages are counted over all connections, from 0.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

/// A place in the traffic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Point {
    /// The client has sent its `n`th message; the server has not got it.
    BeforeFrontend(usize),
    /// The server has got the client's `n`th message.
    AfterFrontend(usize),
    /// The server has sent its `n`th message; the client has not got it.
    BeforeBackend(usize),
    /// The client has sent its first message with this text; the server has not got it.
    BeforeText(&'static str),
}

/// What happens at a point.
pub type Deed = Box<dyn FnOnce() + Send>;

/// What becomes of the connection that was stopped, after the deed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Then {
    Cut,
    GoOn,
}

/// What went through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Connections made.
    pub connections: usize,
    /// Messages of the client.
    pub frontend: usize,
    /// Messages of the server.
    pub backend: usize,
    /// How often the server answered after the client had sent something: what a distance to the server is paid for.
    pub round_trips: usize,
}

/// A proxy for one run of the program.
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

struct Shared {
    server: String,
    plan: Mutex<Option<(Point, Deed, Then)>>,
    struck: AtomicBool,
    closing: AtomicBool,
    connections: AtomicUsize,
    frontend: AtomicUsize,
    backend: AtomicUsize,
    round_trips: AtomicUsize,
}

impl Proxy {
    /// A proxy before `server` (`host:port`) that only counts.
    pub fn new(server: &str) -> Self {
        Self::start(server, None)
    }

    /// A proxy before `server` that does `deed` at `point`, and then cuts the connection.
    pub fn striking(server: &str, point: Point, deed: Deed) -> Self {
        Self::start(server, Some((point, deed, Then::Cut)))
    }

    /// A proxy before `server` that does `deed` at `point`, before what was sent there goes on its way, late.
    pub fn holding(server: &str, point: Point, deed: Deed) -> Self {
        Self::start(server, Some((point, deed, Then::GoOn)))
    }

    fn start(server: &str, plan: Option<(Point, Deed, Then)>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            server: server.to_owned(),
            plan: Mutex::new(plan),
            struck: AtomicBool::new(false),
            closing: AtomicBool::new(false),
            connections: AtomicUsize::new(0),
            frontend: AtomicUsize::new(0),
            backend: AtomicUsize::new(0),
            round_trips: AtomicUsize::new(0),
        });
        let accepting = {
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared))
        };
        Self {
            address,
            shared,
            accepting: Some(accepting),
        }
    }

    /// Where it listens, `host:port`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// What went through so far.
    pub fn traffic(&self) -> Traffic {
        let of = |number: &AtomicUsize| number.load(Ordering::SeqCst);
        Traffic {
            connections: of(&self.shared.connections),
            frontend: of(&self.shared.frontend),
            backend: of(&self.shared.backend),
            round_trips: of(&self.shared.round_trips),
        }
    }

    /// Whether the point was reached.
    pub fn has_struck(&self) -> bool {
        self.shared.struck.load(Ordering::SeqCst)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.shared.closing.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts.
        let _ = TcpStream::connect(self.address);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

/// Serves connections until the proxy goes, and then waits for the last of them.
fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut pumps = Vec::new();
    for client in listener.incoming() {
        if shared.closing.load(Ordering::SeqCst) {
            break;
        }
        let client = client.unwrap();
        let server = TcpStream::connect(&shared.server).unwrap();
        client.set_nodelay(true).unwrap();
        server.set_nodelay(true).unwrap();
        shared.connections.fetch_add(1, Ordering::SeqCst);
        // Whether the client has spoken last.
        let asked = Arc::new(AtomicBool::new(false));
        for side in [Side::Frontend, Side::Backend] {
            let (client, server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            let pump = Pump {
                side,
                from: if side == Side::Frontend {
                    client.try_clone()
                } else {
                    server.try_clone()
                }
                .unwrap(),
                to: if side == Side::Frontend { server } else { client },
                asked: Arc::clone(&asked),
                shared: Arc::clone(shared),
            };
            pumps.push(thread::spawn(move || pump.run()));
        }
    }
    for pump in pumps {
        let _ = pump.join();
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Frontend,
    Backend,
}

/// One direction of one connection.
struct Pump {
    side: Side,
    from: TcpStream,
    to: TcpStream,
    asked: Arc<AtomicBool>,
    shared: Arc<Shared>,
}

impl Pump {
    fn run(mut self) {
        // The first message of a client has no type.
        let mut header = if self.side == Side::Frontend { 4 } else { 5 };
        while let Some(message) = read_message(&mut self.from, header) {
            header = 5;
            if !self.pass(&message) {
                let _ = self.from.shutdown(Shutdown::Both);
                let _ = self.to.shutdown(Shutdown::Both);
                return;
            }
        }
        let _ = self.to.shutdown(Shutdown::Write);
    }

    /// Counts and forwards a message, unless the plan is otherwise.
    fn pass(&mut self, message: &[u8]) -> bool {
        let shared = Arc::clone(&self.shared);
        match self.side {
            Side::Frontend => {
                let number = shared.frontend.fetch_add(1, Ordering::SeqCst);
                let here = |point: Point| match point {
                    Point::BeforeFrontend(wanted) => wanted == number,
                    Point::BeforeText(text) => message.windows(text.len()).any(|part| part == text.as_bytes()),
                    Point::AfterFrontend(_) | Point::BeforeBackend(_) => false,
                };
                if shared.strike(here) == Then::Cut {
                    return false;
                }
                self.asked.store(true, Ordering::SeqCst);
                let sent = self.to.write_all(message).is_ok();
                sent && shared.strike(|point| point == Point::AfterFrontend(number)) == Then::GoOn
            }
            Side::Backend => {
                let number = shared.backend.fetch_add(1, Ordering::SeqCst);
                if self.asked.swap(false, Ordering::SeqCst) {
                    shared.round_trips.fetch_add(1, Ordering::SeqCst);
                }
                let then = shared.strike(|point| point == Point::BeforeBackend(number));
                then == Then::GoOn && self.to.write_all(message).is_ok()
            }
        }
    }
}

impl Shared {
    /// Carries the plan out, if its point is here.
    fn strike(&self, is_here: impl Fn(Point) -> bool) -> Then {
        let planned = self.plan.lock().unwrap().take_if(|(point, ..)| is_here(*point));
        let Some((_, deed, then)) = planned else {
            return Then::GoOn;
        };
        self.struck.store(true, Ordering::SeqCst);
        deed();
        then
    }
}

/// The next message as it came, or `None` at the end of the stream. `header` is 5 with a type byte before the length, else 4.
fn read_message(from: &mut TcpStream, header: usize) -> Option<Vec<u8>> {
    let mut message = vec![0; header];
    read_exactly(from, &mut message)?;
    let length: [u8; 4] = message[header - 4..].try_into().unwrap();
    let length = u32::from_be_bytes(length) as usize;
    message.resize(header - 4 + length, 0);
    read_exactly(from, &mut message[header..])?;
    Some(message)
}

fn read_exactly(from: &mut TcpStream, into: &mut [u8]) -> Option<()> {
    match from.read_exact(into) {
        Ok(()) => Some(()),
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::ConnectionAborted
            ) =>
        {
            None
        }
        Err(error) => panic!("the proxy can't read: {error}"),
    }
}
