//! The redirect port of an app: a server that returns an empty page.

use std::{
    io::{BufRead, BufReader, Write},
    net::{TcpListener, TcpStream},
    thread,
};

const PAGE: &str = "<!doctype html><title>landed</title>";

/// Starts the server, which runs until the tests end, and returns its origin.
pub fn empty_app() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        // Browsers open connections in advance and send nothing on them.
        for stream in listener.incoming().map_while(Result::ok) {
            thread::spawn(move || answer(stream));
        }
    });
    origin
}

fn answer(mut stream: TcpStream) {
    let head = BufReader::new(&stream).lines().map_while(Result::ok);
    if head.take_while(|line| !line.is_empty()).count() > 0 {
        let length = PAGE.len();
        let head =
            format!("Content-Type: text/html\r\nContent-Length: {length}\r\nConnection: close");
        let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n{PAGE}");
    }
}
