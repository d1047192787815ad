//! The policy of a ledger.

use axum::response::Response;
use projections::ask;

use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question};
pub(super) async fn in_force(question: Question) -> Result<Response, Problem> {
    question.answer(Calendar::Utc, |_, look| Ok(ask::policy(&look.asked())?)).await
}
