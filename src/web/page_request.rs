//! A request for a page, and the moment that it shows.

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use super::layout::Page;
use super::view::View;
use super::{actor, error_page};
use crate::http::Memory;
use crate::journal::Incarnation;
use crate::ledger::{AsOfAsk, Error};
use crate::request::admission::Cost;
use crate::request::buffered_body::BufferedBody;
use crate::request::params::Params;
use crate::request::problem::Problem;
use crate::request::question::{Calendar, Question};
use crate::request::state::Served;
use crate::request::tag;

/// A request for a page.
#[derive(Debug)]
pub(super) struct PageRequest {
    pub(super) served: Served,
    pub(super) headers: HeaderMap,
    pub(super) uri: Uri,
    pub(super) params: Params,
    /// Empty if the path contains none.
    pub(super) ledger: String,
    /// Empty if the path contains none.
    pub(super) id: String,
    /// The name in the cookie.
    pub(super) actor: Option<String>,
    /// The cost declared in the table of routes.
    cost: Cost,
}

impl FromRequestParts<Served> for PageRequest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, served: &Served) -> Result<Self, Problem> {
        let Question { served, headers, uri, params, ledger, id, cost } =
            Question::from_request_parts(parts, served).await?;
        let actor = actor::remembered(&headers);
        Ok(PageRequest { served, headers, uri, params: params.without_blanks(), ledger, id, actor, cost })
    }
}

/// The result of drawing.
pub(super) enum Drawn {
    /// The content of a page.
    Page(Box<Page>),
    /// Redirects to this address.
    Elsewhere(String),
}

impl Drawn {
    pub(super) fn page(page: Page) -> Drawn {
        Drawn::Page(Box::new(page))
    }
}

impl PageRequest {
    /// Draws the page as of the moment in the address. Read the page's own parameters first.
    pub(super) async fn draw(
        mut self,
        calendar: Calendar,
        draw: impl FnOnce(&View<'_>) -> Result<Drawn, Error> + Send + 'static,
    ) -> Response {
        let as_of_text = self.params.peek("as_of");
        let as_of = self.params.as_of();
        let recorded = self.params.whole("recorded");
        let actor = self.actor.clone();
        match self.drawn(calendar, (as_of, as_of_text), recorded, draw).await {
            Ok(response) => response,
            Err(problem) => error_page::page(&problem, actor.as_deref()),
        }
    }

    async fn drawn(
        self,
        calendar: Calendar,
        (as_of, as_of_text): (Option<AsOfAsk>, Option<String>),
        recorded: Option<u64>,
        draw: impl FnOnce(&View<'_>) -> Result<Drawn, Error> + Send + 'static,
    ) -> Result<Response, Problem> {
        let ledger = self.served.ledger(&self.ledger)?;
        let incarnation = ledger.incarnations().incarnation;
        self.params.end()?;
        let now = self.served.now();
        let (memory, actor, headers) = (self.served.memory.clone(), self.actor, self.headers);
        let last = *ledger.head().borrow();
        let drawn = move || {
            let cycle = match as_of {
                Some(AsOfAsk::Day(_)) => calendar.cycle(&ledger, now)?,
                _ => None,
            };
            let look = ledger.look(as_of, cycle.as_deref(), now)?;
            let (as_of, actor) = (as_of_text.as_deref(), actor.as_deref());
            match draw(&View { ledger: &ledger, look: &look, now, as_of, actor, recorded })? {
                Drawn::Page(page) => tagged(&page, actor, &headers, Some(incarnation), &memory),
                Drawn::Elsewhere(address) => Ok(elsewhere(&address)),
            }
        };
        Ok(self.served.admission.answer(self.cost, last, drawn).await?)
    }
}

/// Returns the response with a page, or 304 if the browser has it already. Even pages about the past are revalidated
/// each time: their styles change with the program, and their header with the user. Blocks until there is memory for
/// the body, so never call it on an async worker.
pub(super) fn whole(page: &Page, actor: Option<&str>, headers: &HeaderMap, memory: &Memory) -> Result<Response, Error> {
    tagged(page, actor, headers, None, memory)
}

/// Like [`whole`], for a page about a ledger in this incarnation.
fn tagged(
    page: &Page,
    actor: Option<&str>,
    headers: &HeaderMap,
    incarnation: Option<Incarnation>,
    memory: &Memory,
) -> Result<Response, Error> {
    let body = BufferedBody::of(page.draw(actor).into_string().into_bytes(), memory);
    let whole =
        |body: BufferedBody| Ok(([(header::CONTENT_TYPE, "text/html; charset=utf-8")], body.body()?).into_response());
    tag::answer(headers, tag::tag(incarnation, body.tag()), || whole(body))
}

/// Draws a page about no particular ledger, off the async workers like the others.
pub(super) async fn drawn(
    served: &Served,
    headers: &HeaderMap,
    actor: Option<String>,
    draw: impl FnOnce() -> Result<Page, Error> + Send + 'static,
) -> Response {
    let (headers, memory, who) = (headers.clone(), served.memory.clone(), actor.clone());
    let draw = move || whole(&draw()?, who.as_deref(), &headers, &memory);
    match served.admission.answer(Cost::Low, 0, draw).await {
        Ok(response) => response,
        Err(error) => error_page::page(&error.into(), actor.as_deref()),
    }
}

/// Redirects a browser to another address (303).
pub(super) fn elsewhere(address: &str) -> Response {
    let address = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/"));
    (StatusCode::SEE_OTHER, [(header::LOCATION, address)]).into_response()
}
