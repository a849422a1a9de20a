//! A process that is asked by the line: within a deadline, and with bounds on all that it says.

use std::collections::VecDeque;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::FutureExt as _;
use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader,
};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use super::misconduct::{Broken, Misconduct};
use super::{MAX_ANSWER_BYTES, TOLD_CHARACTERS, told};

/// How much of what is said in one scenario is kept: of the answers the first, of stderr the last.
const KEPT_BYTES: usize = 64 * 1024;
/// How long a process that has closed its stdout may take to end, so that its exit status is told.
const EXIT_GRACE: Duration = Duration::from_secs(1);

/// A running process. It is killed when this is dropped.
pub(super) struct Process {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    answers: String,
    stderr: Arc<Mutex<VecDeque<u8>>>,
}

/// Why there is no answer.
enum Silence {
    Late,
    Ended,
    TooLong,
    Broken(std::io::Error),
}

impl Process {
    pub(super) fn start(words: &[String]) -> Result<Self, Broken> {
        let (program, arguments) = words
            .split_first()
            .ok_or_else(|| unreachable("no command"))?;
        let mut child = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| unreachable(&format!("{program}: {error}")))?;
        let pipes = child.stdin.take().zip(child.stdout.take());
        let ((stdin, stdout), stderr) = pipes
            .zip(child.stderr.take())
            .ok_or_else(|| unreachable("it has no pipes"))?;
        let kept = Arc::new(Mutex::new(VecDeque::new()));
        tokio::spawn(keep(stderr, Arc::clone(&kept)));
        Ok(Self {
            child,
            stdin,
            stdout: BufReader::new(stdout),
            answers: String::new(),
            stderr: kept,
        })
    }

    /// Sends a message and reads the line that answers it; or says why there is none.
    pub(super) async fn ask(
        &mut self,
        what: &str,
        message: &Value,
        deadline: Duration,
    ) -> Result<Vec<u8>, Broken> {
        if let Some(said) = self.said_unasked() {
            let why =
                format!("before `{what}` it said something that nobody had asked for: {said}");
            return Err(Broken::new(Misconduct::OutOfOrder, why));
        }
        let said = timeout(deadline, self.exchange(message)).await;
        let line = match said.unwrap_or(Err(Silence::Late)) {
            Ok(line) => line,
            Err(silence) => return Err(self.silent(what, silence, deadline).await),
        };
        if self.answers.len() < KEPT_BYTES {
            self.answers.push_str(&String::from_utf8_lossy(&line));
        }
        Ok(line)
    }

    /// What stands in its stdout without a question. An end of it is told of when it is asked again.
    fn said_unasked(&mut self) -> Option<String> {
        let said = self.stdout.fill_buf().now_or_never()?.ok()?;
        let said = String::from_utf8_lossy(said).into_owned();
        (!said.is_empty()).then(|| told(&said))
    }

    /// Ends it without warning, and waits until it has ended.
    pub(super) async fn kill(mut self) {
        // One that has ended already cannot be killed, which is as good.
        let _ = timeout(EXIT_GRACE, self.child.kill()).await;
    }

    async fn exchange(&mut self, message: &Value) -> Result<Vec<u8>, Silence> {
        let mut line = message.to_string();
        line.push('\n');
        // One that has ended is told of by what it said last.
        let written = self.stdin.write_all(line.as_bytes()).await;
        match written.and(self.stdin.flush().await) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                return Err(Silence::Broken(error));
            }
            Ok(()) | Err(_) => {}
        }
        let mut answer = Vec::new();
        loop {
            let got = self.stdout.fill_buf().await.map_err(Silence::Broken)?;
            if got.is_empty() {
                return Err(Silence::Ended);
            }
            let end = got.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(got.len(), |at| at + 1);
            answer.extend(got.iter().take(taken));
            self.stdout.consume(taken);
            if answer.len() > MAX_ANSWER_BYTES {
                return Err(Silence::TooLong);
            }
            if end.is_some() {
                return Ok(answer);
            }
        }
    }

    async fn silent(&mut self, what: &str, silence: Silence, deadline: Duration) -> Broken {
        match silence {
            Silence::Late => {
                let seconds = deadline.as_secs_f64();
                let why = format!("it did not answer `{what}` in {seconds} s");
                Broken::new(Misconduct::TimedOut, why)
            }
            Silence::TooLong => {
                let why = format!("its answer to `{what}` exceeds {MAX_ANSWER_BYTES} bytes");
                Broken::new(Misconduct::Flood, why)
            }
            Silence::Broken(error) => {
                let why = format!("it cannot be asked `{what}`: {error}");
                Broken::new(Misconduct::Crashed, why)
            }
            Silence::Ended => {
                let why = match timeout(EXIT_GRACE, self.child.wait()).await {
                    Ok(Ok(status)) => format!("it ended with {} at `{what}`", exit(status)),
                    Ok(Err(_)) | Err(_) => format!("it closed its stdout at `{what}`"),
                };
                Broken::new(Misconduct::Crashed, why)
            }
        }
    }

    /// What stderr said last, for a message.
    pub(super) fn stderr_told(&self) -> String {
        match self.stderr_kept().trim() {
            "" => String::new(),
            said => format!("; its stderr: {}", last(said)),
        }
    }

    /// All that was kept since [`Process::forget_output`].
    pub(super) fn output(&self) -> String {
        format!("{}\n{}", self.answers, self.stderr_kept())
    }

    /// Another scenario begins.
    pub(super) fn forget_output(&mut self) {
        self.answers.clear();
        let mut kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clear();
    }

    fn stderr_kept(&self) -> String {
        let kept = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes: Vec<u8> = kept.iter().copied().collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// Reads stderr to its end, so that nobody waits for it to be read, and keeps the last of it.
async fn keep(mut stderr: impl AsyncRead + Unpin, kept: Arc<Mutex<VecDeque<u8>>>) {
    let mut buffer = [0_u8; 4096];
    while let Ok(read) = stderr.read(&mut buffer).await {
        if read == 0 {
            return;
        }
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(buffer.iter().take(read));
        let beyond = kept.len().saturating_sub(KEPT_BYTES);
        kept.drain(..beyond);
    }
}

fn unreachable(why: &str) -> Broken {
    Broken::new(Misconduct::Unreachable, why)
}

fn exit(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => "a signal".to_owned(),
    }
}

/// The end of a text, on one line.
fn last(text: &str) -> String {
    let beyond = text.chars().count().saturating_sub(TOLD_CHARACTERS);
    let end: String = text.chars().skip(beyond).collect();
    let more = if beyond > 0 { "..." } else { "" };
    format!("{more}{}", end.escape_debug())
}
