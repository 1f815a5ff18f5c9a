//! Asks at the terminal of this process, one question at a time.

use std::io::{self, BufRead, BufReader, Write};
use std::path::Path;
use std::time::Duration;

use tokio::sync::{Mutex, mpsc};
use tokio::time::timeout;

/// The terminal of a process on Unix.
const TERMINAL: &str = "/dev/tty";
/// Most lines that wait to be read, and the longest one in bytes.
const QUEUE: usize = 16;
const MAX_LINE: u64 = 1_000;

/// A terminal. What is typed before a question is no answer to it, nor is a number of another question.
pub(crate) struct TerminalAsker {
    open: Mutex<Open>,
}

struct Open {
    out: Box<dyn Write + Send>,
    lines: mpsc::Receiver<String>,
    /// The number of the next choice. No number is used twice, so that an answer that comes too late answers nothing else.
    next: usize,
}

impl TerminalAsker {
    /// Opens the terminal of this process.
    pub(crate) fn open() -> io::Result<Self> {
        let file = std::fs::OpenOptions::new().read(true).write(true).open(Path::new(TERMINAL));
        let file = file.map_err(|cause| io::Error::new(cause.kind(), "this process has no terminal"))?;
        Ok(Self::new(file.try_clone()?, file))
    }

    fn new(read: impl io::Read + Send + 'static, out: impl Write + Send + 'static) -> Self {
        let (sender, lines) = mpsc::channel(QUEUE);
        std::thread::spawn(move || {
            let mut read = BufReader::new(read);
            let mut line = Vec::new();
            while io::Read::take(&mut read, MAX_LINE).read_until(b'\n', &mut line).is_ok_and(|length| length > 0) {
                let typed = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                // Lines that nobody waits for are dropped.
                if sender.try_send(typed).is_err() && sender.is_closed() {
                    return;
                }
            }
        });
        Self { open: Mutex::new(Open { out: Box::new(out), lines, next: 1 }) }
    }

    /// The index of the choice whose number a person types after `question`. `None` if nobody does within `limit`.
    pub(super) async fn ask(&self, question: &str, choices: &[&str], limit: Duration) -> Option<usize> {
        let work = async {
            let mut open = self.open.lock().await;
            while open.lines.try_recv().is_ok() {}
            let first = open.next;
            open.next += choices.len();
            let mut text = format!("\n{question}\n");
            for (number, words) in (first..).zip(choices) {
                text.push_str(&format!("  {number}  {words}\n"));
            }
            loop {
                text.push_str("Number: ");
                open.out.write_all(text.as_bytes()).ok()?;
                open.out.flush().ok()?;
                let typed = open.lines.recv().await?;
                let chosen = typed.trim().parse::<usize>().ok().and_then(|number| number.checked_sub(first));
                if let Some(index) = chosen.filter(|index| *index < choices.len()) {
                    return Some(index);
                }
                text = "This is no answer to this question.\n".to_owned();
            }
        };
        timeout(limit, work).await.ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_a_number_of_a_question_that_is_typed_after_it_answers_it() {
        let (read, mut write) = io::pipe().unwrap();
        let terminal = TerminalAsker::new(read, io::sink());
        let limit = Duration::from_millis(200);
        assert_eq!(terminal.ask("a?", &["yes", "no"], limit).await, None);
        write.write_all(b"\xff\n3\n").unwrap();
        std::thread::sleep(Duration::from_millis(100));
        let asked = terminal.ask("b?", &["yes", "no"], Duration::from_secs(5));
        let typed = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            write.write_all(b"1\nyes\n5\n4\n").unwrap();
        };
        assert_eq!(
            tokio::join!(asked, typed).0,
            Some(1),
            "1 is a number of the question before, and 3 was typed too early"
        );
    }
}
