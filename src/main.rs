//! The `okr-ledger` program.

use std::process::ExitCode;

use mimalloc::MiMalloc;

/// Folding and answering allocate and free many small values: the system allocator took nearly half of a rebuild's
/// time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

fn main() -> ExitCode {
    okr_ledger::cli::run(std::env::args_os())
}
