//! The `okr-ledger` program.

use std::process::ExitCode;

fn main() -> ExitCode {
    okr_ledger::cli::run(std::env::args_os())
}
