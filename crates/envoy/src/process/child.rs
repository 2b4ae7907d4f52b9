//! A child process that does not outlive its owner.

use std::fs::File;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, getpid, getppid, kill_process, set_parent_process_death_signal,
};

/// How often the end of the child is looked for.
const POLL: Duration = Duration::from_millis(20);
/// How long it may take to end when it is asked to.
const GRACE: Duration = Duration::from_secs(5);

/// A child that ends when this is dropped, and when this process ends.
///
/// The kernel ties a child to the thread that started it, so each has a thread of its own, which
/// starts it, waits for it and is the only one to signal it: the id is never another process's.
#[derive(Debug)]
pub struct Child {
    id: u32,
    end: Option<Sender<()>>,
    ended: Arc<OnceLock<ExitStatus>>,
    keeper: Option<JoinHandle<()>>,
}

impl Child {
    /// Starts a program. What it says goes where `command` sends it ([`Child::capture`]).
    pub fn spawn(mut command: Command) -> io::Result<Self> {
        let parent = getpid();
        // SAFETY: between fork and exec only two system calls are made, and nothing is allocated.
        unsafe { command.pre_exec(move || die_with(parent)) };
        let (end, asked) = channel();
        let (started, start) = channel();
        let ended = Arc::new(OnceLock::new());
        let outcome = Arc::clone(&ended);
        let program = Path::new(command.get_program()).file_name();
        let name = program.unwrap_or_default().to_string_lossy().into_owned();
        let keeper = thread::Builder::new()
            .name(name)
            .spawn(move || match command.spawn() {
                Ok(child) => {
                    let _ = started.send(Ok(child.id()));
                    keep(child, &asked, &outcome);
                }
                Err(why) => drop(started.send(Err(why))),
            })?;
        let id = start.recv().map_err(io::Error::other)??;
        Ok(Self {
            id,
            end: Some(end),
            ended,
            keeper: Some(keeper),
        })
    }

    /// Makes the file `log` anew and sends all that `command` says there; it has nothing to read.
    pub fn capture(command: &mut Command, log: &Path) -> io::Result<()> {
        let file = File::create(log)?;
        command.stdout(file.try_clone()?).stderr(file);
        command.stdin(Stdio::null());
        Ok(())
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// How it ended, if it has ended by itself.
    pub fn ended(&self) -> Option<ExitStatus> {
        self.ended.get().copied()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(keeper) = self.keeper.take() {
            let _ = keeper.join();
        }
    }
}

fn die_with(parent: Pid) -> io::Result<()> {
    set_parent_process_death_signal(Some(Signal::KILL))?;
    if getppid() != Some(parent) {
        // It ended before the line above.
        return Err(io::Error::other("the parent has ended"));
    }
    Ok(())
}

/// Waits for the end of the child; asks for it, then forces it, once the owner has let go.
fn keep(mut child: std::process::Child, asked: &Receiver<()>, outcome: &OnceLock<ExitStatus>) {
    let mut until: Option<Instant> = None;
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            let _ = outcome.set(status);
            return;
        }
        match until {
            None if asked.recv_timeout(POLL) == Err(RecvTimeoutError::Disconnected) => {
                let id = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
                let _ = id.map(|id| kill_process(id, Signal::TERM));
                until = Instant::now().checked_add(GRACE);
            }
            None => {}
            Some(until) if Instant::now() >= until => drop(child.kill()),
            Some(_) => thread::sleep(POLL),
        }
    }
}
