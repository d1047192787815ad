//! The fuzzing targets. They check laws, not examples: nothing panics, no answer is a server error, every refusal says
//! where and why, and accepted input is stored unchanged.
//!
//! ```text
//! envelope   a CloudEvent in JSON                       Submission::read, and the codec behind it
//! codec      stored events, one per line                Recorded::decode, encode, repeats, the fold, the questions
//! history    attempts, drawn from bytes                 decide and apply: live = rebuilt
//! body       headers, a blank line, a body              POST …/events through the router
//! query      a path with its parameters, headers        GET … through the router, over the demo quarter
//! copy       a ledger's copy                            check_copy, import, export
//! ```
//!
//! This file is compiled twice: into the targets (`make fuzz`), and into the tests, which run every file of the
//! corpora. The corpora contain the smallest inputs with the greatest coverage. An input that broke a law is added to
//! its target's corpus under a name that describes the fault.

#[path = "targets/asked.rs"]
mod asked;
#[path = "targets/body.rs"]
mod body;
#[path = "targets/codec.rs"]
mod codec;
#[path = "targets/copy.rs"]
mod copy;
#[path = "targets/envelope.rs"]
mod envelope;
#[path = "targets/faults.rs"]
mod faults;
#[path = "targets/history.rs"]
mod history;
#[path = "targets/http.rs"]
mod http;
#[path = "targets/query.rs"]
mod query;

/// Runs a target on one input.
type Run = fn(&[u8]);

/// All targets by name; each corpus has the name of its target.
pub(crate) const TARGETS: [(&str, Run); 6] = [
    ("body", body::run),
    ("codec", codec::run),
    ("copy", copy::run),
    ("envelope", envelope::run),
    ("history", history::run),
    ("query", query::run),
];

/// Runs one input through the target of this name. Panics if a law is broken.
pub(crate) fn run(target: &str, data: &[u8]) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    run(data);
}
