//! What the fuzzing targets do with an input. They hold laws, not examples: nothing panics, nothing is a fault of ours,
//! every no says where and why, and what was taken comes back as it was.
//!
//! ```text
//! envelope   a CloudEvent in JSON                       Submission::read, and the codec behind it
//! codec      stored events, one a line                  Recorded::decode, encode, repeats, the fold, the questions
//! history    attempts, drawn from bytes                 decide and apply: live = rebuilt
//! body       headers, a blank line, a body              POST …/events through the router
//! query      a path with its parameters, headers        GET … through the router, over the demo quarter
//! copy       a ledger's copy                            check_copy, import, export
//! ```
//!
//! This file is compiled twice: into the targets themselves (`make fuzz`), and into the tests, where every file of the
//! corpora is run. The corpora hold the smallest inputs that reach the most. An input that broke a law is added to its
//! target's corpus under a name that says what it showed.

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

/// Puts one input to the test.
type Run = fn(&[u8]);

/// Every target by its name, which is also that of its corpus.
pub(crate) const TARGETS: [(&str, Run); 6] = [
    ("body", body::run),
    ("codec", codec::run),
    ("copy", copy::run),
    ("envelope", envelope::run),
    ("history", history::run),
    ("query", query::run),
];

/// Runs one input through the target of this name; a law that is broken panics.
pub(crate) fn run(target: &str, data: &[u8]) {
    let (_, run) = TARGETS.iter().find(|(name, _)| *name == target).unwrap();
    run(data);
}
