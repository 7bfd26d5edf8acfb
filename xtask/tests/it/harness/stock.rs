//! Databases that are made ahead: while tests run, a thread creates the next ones and drops those that tests are done with.
//!
//! It holds a connection and not the server, which therefore still goes when the last database of a test does.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use postgres::Client;
use xtask::pg::connect::{ConnectOptions, connect};
use xtask::pg::url::Target;

/// How many of each template are held ready, for as many tests that begin at once.
const AHEAD: usize = 2;

/// What the thread is told to do.
enum Order {
    /// Make one more of this template, unless there are enough.
    Create(String),
    /// Drop a database, what the toolkit built for it, and then these roles.
    Drop(String, Vec<String>),
}

/// The databases of a server that are ready, and the thread that makes more.
pub struct Stock {
    target: Target,
    shared: Arc<Shared>,
    thread: Option<(Sender<Order>, JoinHandle<()>)>,
    /// How long each taker waited.
    waits: Mutex<Vec<Duration>>,
}

#[derive(Default)]
struct Shared {
    /// By template, what is ready.
    ready: Mutex<BTreeMap<String, Vec<String>>>,
    /// Whether orders are passed over from now on.
    is_over: AtomicBool,
}

impl Stock {
    /// That of the server whose database `postgres` is at `target`, as superuser.
    pub fn new(target: Target) -> Self {
        let (orders, ordered) = channel();
        let shared = Arc::new(Shared::default());
        let thread = thread::spawn({
            let (target, shared) = (target.clone(), Arc::clone(&shared));
            move || shared.work(&target, &ordered)
        });
        Self {
            target,
            shared,
            thread: Some((orders, thread)),
            waits: Mutex::default(),
        }
    }

    /// A clone of `template` for the caller alone. The next ones are made ahead from the second time on: many a template is needed once.
    pub fn take(&self, template: &str) -> String {
        let start = Instant::now();
        let mut ready = lock(&self.shared.ready);
        let known = ready.get_mut(template).map(Vec::pop);
        if known.is_none() {
            ready.insert(template.to_owned(), Vec::new());
        }
        drop(ready);
        if known.is_some() {
            (0..AHEAD).for_each(|_| self.order(Order::Create(template.to_owned())));
        }
        let made = || create(&mut connected(&self.target), template).expect("a database can be created");
        let name = known.flatten().unwrap_or_else(made);
        lock(&self.waits).push(start.elapsed());
        name
    }

    /// Has a database dropped, what the toolkit built for it, and roles that own nothing outside of it.
    pub fn give_back(&self, name: &str, roles: Vec<String>) {
        self.order(Order::Drop(name.to_owned(), roles));
    }

    fn order(&self, order: Order) {
        let (orders, _) = self.thread.as_ref().expect("orders end with the stock");
        // Should the thread be gone, whoever takes a database makes it.
        orders.send(order).ok();
    }

    /// Ends the thread. On a server that stays, all that was ordered is done first, and what nobody took is dropped.
    pub fn close(&mut self, server_stays: bool) {
        self.shared.is_over.store(!server_stays, Ordering::Relaxed);
        if let Some((orders, thread)) = self.thread.take() {
            drop(orders);
            thread.join().ok();
        }
        for name in std::mem::take(&mut *lock(&self.shared.ready)).values().flatten() {
            if server_stays {
                drop_database(&mut connected(&self.target), name);
            }
        }
    }

    /// How many databases were taken, and how long that took at the median.
    pub fn waits(&self) -> (usize, Duration) {
        let mut waits = lock(&self.waits).clone();
        waits.sort();
        (waits.len(), waits.get(waits.len() / 2).copied().unwrap_or_default())
    }
}

impl Shared {
    fn work(&self, target: &Target, ordered: &Receiver<Order>) {
        let mut kept: Option<Client> = None;
        for order in ordered {
            if self.is_over.load(Ordering::Relaxed) {
                continue;
            }
            // A test may have ended all sessions.
            let client = match kept.take() {
                Some(client) if !client.is_closed() => kept.insert(client),
                _ => kept.insert(connected(target)),
            };
            match order {
                Order::Create(template) => self.create(client, &template),
                Order::Drop(name, roles) => {
                    drop_database(client, &name);
                    drop_builds_of(client, &name);
                    for role in roles {
                        tell(client.batch_execute(&format!("DROP ROLE {role}")), &role);
                    }
                }
            }
        }
    }

    fn create(&self, client: &mut Client, template: &str) {
        if lock(&self.ready)
            .get(template)
            .is_some_and(|ready| ready.len() >= AHEAD)
        {
            return;
        }
        match create(client, template) {
            Ok(name) => lock(&self.ready).entry(template.to_owned()).or_default().push(name),
            // Whoever takes the next one makes it, and fails for this reason.
            Err(error) => eprintln!("no clone of `{template}` could be made ahead: {error}"),
        }
    }
}

/// Creates a clone of `template` with a name of its own.
pub fn create(client: &mut Client, template: &str) -> Result<String, postgres::Error> {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    // As long as any other, so that tables and carets in snapshots stand where they stood.
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{:07}_{number:04}", std::process::id());
    client.batch_execute(&format!("CREATE DATABASE {name} TEMPLATE {template}"))?;
    Ok(name)
}

/// Drops a database, whoever is connected to it.
pub fn drop_database(client: &mut Client, name: &str) {
    let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
    tell(client.batch_execute(&drop), name);
}

/// Drops what the toolkit has built and kept to compare a database with.
fn drop_builds_of(client: &mut Client, name: &str) {
    let query = "SELECT datname::text FROM pg_database WHERE datname ~ ('^xtask_(template|seeded|building)_' || $1 || '_[0-9a-f]+$')";
    for row in client.query(query, &[&name]).unwrap_or_default() {
        drop_database(client, row.get(0));
    }
}

fn tell(outcome: Result<(), postgres::Error>, name: &str) {
    if let Err(error) = outcome {
        eprintln!("`{name}` could not be dropped: {error}");
    }
}

fn connected(target: &Target) -> Client {
    connect(target, ConnectOptions::default()).expect("the test server answers")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
