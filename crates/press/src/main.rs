//! `okr-ledger-press`: reads a document from stdin and writes its PDF to stdout. Started by `okr-ledger`.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use press_document::{Document, MEMORY_BYTES_MAX, PROCESSOR_SECONDS_MAX};
use rlimit::Resource;

const USAGE: &str = "\
okr-ledger-press reads a document from stdin and writes its PDF to stdout.
okr-ledger starts it for each PDF: try `okr-ledger board --output board.pdf`.

usage: okr-ledger-press [--seconds N] [--memory-mib N] < DOCUMENT > PDF
  --seconds N      end after N seconds of processor time [default: 30]
  --memory-mib N   end when more than N MiB of memory are needed [default: 2048]";

/// Threads that typeset. The address space of each is reserved in full, and counts towards the memory limit.
const THREADS: usize = 2;

/// Limits of this process.
struct Limits {
    seconds: u64,
    memory_bytes: u64,
}

fn main() -> ExitCode {
    match run(std::env::args().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(says) => {
            _ = writeln!(io::stderr(), "error: {says}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: impl Iterator<Item = String>) -> Result<(), String> {
    let Some(limits) = read(arguments)? else {
        return written(io::stdout().write_all(format!("{USAGE}\n").as_bytes()));
    };
    limits.apply().map_err(|error| format!("the limits cannot be set: {error}"))?;
    if io::stdin().is_terminal() {
        return Err(format!("stdin is a terminal, and contains no document\n\n{USAGE}"));
    }
    let threads = rayon::ThreadPoolBuilder::new().num_threads(THREADS).build_global();
    threads.map_err(|error| format!("no threads can be started: {error}"))?;
    let document: Document = serde_json::from_reader(io::stdin().lock())
        .map_err(|error| format!("stdin contains no document that can be read: {error}"))?;
    let pdf = okr_ledger_press::typeset(document).map_err(|error| error.to_string())?;
    let mut stdout = io::stdout().lock();
    written(stdout.write_all(&pdf).and_then(|()| stdout.flush()))
}

/// Reads the arguments; `None` if they ask for help.
fn read(mut arguments: impl Iterator<Item = String>) -> Result<Option<Limits>, String> {
    let mut limits = Limits { seconds: PROCESSOR_SECONDS_MAX, memory_bytes: MEMORY_BYTES_MAX };
    while let Some(name) = arguments.next() {
        let mut number = || {
            let number = arguments.next().and_then(|number| number.parse::<u64>().ok()).filter(|number| *number > 0);
            number.ok_or_else(|| format!("{name} needs a whole number above 0"))
        };
        match name.as_str() {
            "--seconds" => limits.seconds = number()?,
            "--memory-mib" => limits.memory_bytes = number()?.saturating_mul(1 << 20),
            "--help" | "-h" => return Ok(None),
            _ => return Err(format!("there is no option {name}\n\n{USAGE}")),
        }
    }
    Ok(Some(limits))
}

impl Limits {
    /// Sets the limits of this process. The kernel ends it with SIGXCPU beyond the first; an allocation beyond the second
    /// fails, which ends it with SIGABRT.
    fn apply(&self) -> io::Result<()> {
        // With equal limits the kernel would send SIGKILL, which does not name the cause.
        limit(Resource::CPU, self.seconds, self.seconds + 1)?;
        limit(Resource::AS, self.memory_bytes, self.memory_bytes)?;
        limit(Resource::CORE, 0, 0)
    }
}

/// Sets a limit, unless there is a lower one already.
fn limit(resource: Resource, soft: u64, hard: u64) -> io::Result<()> {
    let (soft_before, hard_before) = resource.get()?;
    resource.set(soft.min(soft_before), hard.min(hard_before))
}

fn written(result: io::Result<()>) -> Result<(), String> {
    result.map_err(|error| format!("the PDF cannot be written to stdout: {error}"))
}
