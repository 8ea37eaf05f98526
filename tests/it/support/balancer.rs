//! A reverse proxy that sends the requests of each route to two nodes in turn, one request a connection. It rewrites
//! `Host`, as load balancers may.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Condvar, Mutex, MutexGuard},
    thread,
};

use super::wait_until;

/// The host that the nodes read in every request.
const HOST: &str = "node.internal";

/// A running proxy. Ends with the tests.
pub struct Balancer(Arc<State>);

struct State {
    nodes: [SocketAddr; 2],
    traffic: Mutex<Traffic>,
    changed: Condvar,
}

#[derive(Default)]
struct Traffic {
    /// Route, such as `POST /token` → the number of its requests.
    requests: BTreeMap<String, usize>,
    /// Route and status of each response.
    responses: Vec<(String, u16)>,
    /// The route, and the number of its requests after which the next one waits.
    hold: Option<(String, usize)>,
    is_holding: bool,
}

impl Balancer {
    /// Starts a proxy at this address.
    pub fn start(address: SocketAddr, nodes: [SocketAddr; 2]) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let state = Arc::new(State {
            nodes,
            traffic: Mutex::default(),
            changed: Condvar::new(),
        });
        let shared = state.clone();
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let state = shared.clone();
                // A client may close its connection at any time.
                thread::spawn(move || drop(state.forward(&client)));
            }
        });
        Self(state)
    }

    /// Lets this many requests of a route pass, and holds the next one until it is released.
    pub fn hold(&self, route: &str, requests: usize) {
        self.0.traffic().hold = Some((route.to_owned(), requests));
    }

    /// Waits until there is the request to hold, with a time limit.
    pub fn wait_until_holding(&self) {
        wait_until("a request is held", || self.0.traffic().is_holding);
    }

    /// Lets the held request pass.
    pub fn release(&self) {
        self.0.traffic().hold = None;
        self.0.changed.notify_all();
    }

    /// The statuses of the responses of a route.
    pub fn statuses(&self, route: &str) -> Vec<u16> {
        let traffic = self.0.traffic();
        let of_route = traffic.responses.iter().filter(|(it, _)| it == route);
        of_route.map(|(_, status)| *status).collect()
    }
}

impl State {
    fn traffic(&self) -> MutexGuard<'_, Traffic> {
        self.traffic.lock().unwrap()
    }

    /// The node for the next request of a route.
    fn next_node(&self, route: &str) -> SocketAddr {
        let mut traffic = self.traffic();
        let number = *traffic.requests.get(route).unwrap_or(&0);
        while traffic
            .hold
            .as_ref()
            .is_some_and(|it| (&*it.0, it.1) == (route, number))
        {
            traffic.is_holding = true;
            traffic = self.changed.wait(traffic).unwrap();
        }
        traffic.requests.insert(route.to_owned(), number + 1);
        self.nodes[number % self.nodes.len()]
    }

    fn forward(&self, mut client: &TcpStream) -> io::Result<()> {
        let mut reader = BufReader::new(client);
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let route = line.split(['?', ' ']).take(2).collect::<Vec<_>>().join(" ");
        let mut head = format!("{line}Host: {HOST}\r\nConnection: close\r\n");
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line)?;
            let (name, value) = line.split_once(':').unwrap_or_default();
            match &*name.to_ascii_lowercase() {
                "host" | "connection" => continue,
                "content-length" => length = value.trim().parse().unwrap(),
                _ => {}
            }
            head.push_str(&line);
            if line.trim_end().is_empty() {
                break;
            }
        }
        let mut request = head.into_bytes();
        reader.take(length).read_to_end(&mut request)?;
        let mut node = TcpStream::connect(self.next_node(&route))?;
        node.write_all(&request)?;
        let mut response = Vec::new();
        node.read_to_end(&mut response)?;
        let text = String::from_utf8_lossy(&response);
        let status = text.split(' ').nth(1).and_then(|it| it.parse().ok());
        let exchange = (route, status.unwrap_or(0));
        self.traffic().responses.push(exchange);
        client.write_all(&response)
    }
}
