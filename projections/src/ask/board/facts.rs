//! What a board is made of: of each goal what its figures and its line need, and no more.
//!
//! A board looks at all goals of a cycle. Here their rows are read as they lie, field by field in the order in which the rows
//! hold them: what no board shows is passed over, and what is kept goes into a line as it is. A row that is not understood so
//! is read whole, the usual way, which also says what is wrong with one that is damaged.

mod fields;
mod key_result;
mod objective;

pub(in crate::ask) use key_result::KeyResultFacts;
pub(in crate::ask) use objective::ObjectiveFacts;

#[cfg(test)]
mod tests;
