//! Log lines on their way to standard error, which may take them slowly or not at all.
//!
//! A full pipe that nobody reads blocks its writer. A thread of its own writes the lines, so that no
//! request waits for the collector of the log.

use std::{
    io::{self, Write},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{self, Receiver, Sender, SyncSender, TrySendError},
    },
    thread,
    time::{Duration, Instant},
};

/// The most lines that wait. Later ones are lost, and counted.
const MOST: usize = 16 * 1024;

/// The pause between two attempts to queue the end.
const PAUSE: Duration = Duration::from_millis(10);

enum LogEntry {
    Line(Vec<u8>),
    /// All lines before are written: say so.
    End(Sender<()>),
}

/// A writer that takes one line at a time and never waits.
#[derive(Debug, Clone)]
pub(super) struct LogWriter {
    queue: SyncSender<LogEntry>,
    lost: Arc<AtomicU64>,
}

impl LogWriter {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// The system has no thread left.
    pub(super) fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, entries) = mpsc::sync_channel(MOST);
        let lost = Arc::<AtomicU64>::default();
        let counter = lost.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(out, &entries, &counter))?;
        Ok(Self { queue, lost })
    }

    /// Waits until the lines so far are written, for `patience` at most.
    pub(super) fn finish(&self, patience: Duration) {
        let end = Instant::now() + patience;
        let (done, is_done) = mpsc::channel();
        let mut entry = LogEntry::End(done);
        while let Err(TrySendError::Full(back)) = self.queue.try_send(entry) {
            if Instant::now() >= end {
                return;
            }
            entry = back;
            thread::sleep(PAUSE);
        }
        let _ = is_done.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

impl Write for LogWriter {
    /// Queues a line. The layer that formats lines writes each of them at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.queue.try_send(LogEntry::Line(line.to_vec())).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(mut out: impl Write, entries: &Receiver<LogEntry>, lost: &AtomicU64) {
    for entry in entries {
        match entry {
            LogEntry::Line(line) => {
                // Nothing can be done about a line that cannot be written.
                let _ = out.write_all(&line).and_then(|()| out.flush());
                let lost = lost.swap(0, Ordering::Relaxed);
                if lost > 0 {
                    tracing::warn!(
                        lost,
                        "log lines were lost: standard error could not be written in time"
                    );
                }
            }
            LogEntry::End(done) => {
                let _ = done.send(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes a line whenever it is told to.
    struct Slow(Receiver<()>, Sender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            let _ = self.0.recv();
            let _ = self.1.send(text.to_vec());
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_writer_never_waits_and_counts_what_is_lost() {
        let (go, may_go) = mpsc::channel();
        let (written, lines) = mpsc::channel();
        let mut log = LogWriter::to(Slow(may_go, written)).unwrap();
        for number in 0..MOST + 100 {
            log.write_all(number.to_string().as_bytes()).unwrap();
        }
        let lost = log.lost.load(Ordering::Relaxed);
        assert!((99..=100).contains(&lost), "{lost}");
        // Full, and nobody takes a line.
        log.finish(Duration::from_millis(20));
        drop(go);
        log.finish(Duration::from_mins(1));
        let lines: Vec<_> = lines.try_iter().collect();
        assert_eq!(lines.len() as u64, MOST as u64 + 100 - lost);
        assert_eq!(lines.first().unwrap(), b"0");
        assert_eq!(log.lost.load(Ordering::Relaxed), 0);
    }

    /// A disk that is full.
    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn a_line_that_cannot_be_written_fails_nothing() {
        let mut log = LogWriter::to(Full).unwrap();
        for _ in 0..3 {
            log.write_all(b"line").unwrap();
            log.finish(Duration::from_mins(1));
        }
    }
}
