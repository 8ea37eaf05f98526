//! Writes log lines to standard error from a separate thread.
//!
//! A full pipe blocks its writer. Because of the separate thread, no request waits for a slow log collector.

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

/// The maximum number of queued lines. Further lines are dropped and counted.
const MAX_QUEUED_LINES: usize = 16 * 1024;

/// The time between two attempts to queue `LogEntry::End`.
const RETRY_INTERVAL: Duration = Duration::from_millis(10);

enum LogEntry {
    Line(Vec<u8>),
    /// Signals that all earlier lines are written.
    End(Sender<()>),
}

/// A writer that queues one line per call and never blocks.
#[derive(Debug, Clone)]
pub(super) struct LogWriter {
    queue: SyncSender<LogEntry>,
    lost: Arc<AtomicU64>,
}

impl LogWriter {
    /// Starts the thread that writes to `out`.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub(super) fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, entries) = mpsc::sync_channel(MAX_QUEUED_LINES);
        let lost = Arc::<AtomicU64>::default();
        let counter = lost.clone();
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write(out, &entries, &counter))?;
        Ok(Self { queue, lost })
    }

    /// Waits until the lines queued so far are written, at most for `timeout`.
    pub(super) fn finish(&self, timeout: Duration) {
        let end = Instant::now() + timeout;
        let (done, is_done) = mpsc::channel();
        let mut entry = LogEntry::End(done);
        while let Err(TrySendError::Full(back)) = self.queue.try_send(entry) {
            if Instant::now() >= end {
                return;
            }
            entry = back;
            thread::sleep(RETRY_INTERVAL);
        }
        let _ = is_done.recv_timeout(end.saturating_duration_since(Instant::now()));
    }
}

impl Write for LogWriter {
    /// Queues a line. The formatting layer writes each line with a single call.
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
                // A line that cannot be written is lost.
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

    /// A writer that writes one line for each message on its channel.
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
    fn writer_never_blocks_and_counts_lost_lines() {
        let (go, may_go) = mpsc::channel();
        let (written, lines) = mpsc::channel();
        let mut log = LogWriter::to(Slow(may_go, written)).unwrap();
        for number in 0..MAX_QUEUED_LINES + 100 {
            log.write_all(number.to_string().as_bytes()).unwrap();
        }
        let lost = log.lost.load(Ordering::Relaxed);
        assert!((99..=100).contains(&lost), "{lost}");
        // The queue is full and no line is written.
        log.finish(Duration::from_millis(20));
        drop(go);
        log.finish(Duration::from_mins(1));
        let lines: Vec<_> = lines.try_iter().collect();
        assert_eq!(lines.len() as u64, MAX_QUEUED_LINES as u64 + 100 - lost);
        assert_eq!(lines.first().unwrap(), b"0");
        assert_eq!(log.lost.load(Ordering::Relaxed), 0);
    }

    /// A writer to a disk that is full at first.
    struct FullAtFirst(u8, Sender<Vec<u8>>);

    impl Write for FullAtFirst {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            if self.0 > 0 {
                self.0 -= 1;
                return Err(io::ErrorKind::StorageFull.into());
            }
            let _ = self.1.send(text.to_vec());
            Ok(text.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn later_lines_are_written_after_a_write_error() {
        let (written, lines) = mpsc::channel();
        let mut log = LogWriter::to(FullAtFirst(2, written)).unwrap();
        for number in 0..4 {
            log.write_all(number.to_string().as_bytes()).unwrap();
        }
        log.finish(Duration::from_mins(1));
        let lines: Vec<_> = lines.try_iter().collect();
        assert_eq!(lines, [b"2", b"3"]);
    }
}
