//! Asks for the user's name. Until there is access control it is asked for once.

use axum::extract::Request;
use axum::http::header;
use axum::response::Response;
use maud::html;

use super::filled::Filled;
use super::read;
use crate::web::layout::{Here, Page};
use crate::web::page_request::{PageRequest, drawn, elsewhere};
use crate::web::{actor, error_page};

pub(in crate::web) async fn who(page_request: PageRequest) -> Response {
    let name = page_request.actor.clone();
    drawn(&page_request.served, &page_request.headers, page_request.actor, move || Ok(page(name.as_deref(), false)))
        .await
}

pub(in crate::web) async fn send_who(page_request: PageRequest, request: Request) -> Response {
    let name = match read(&page_request, request, |filled: Filled| actor::readable(filled.text("actor"))).await {
        Ok(name) => name,
        Err(problem) => return error_page::page(&problem, page_request.actor.as_deref()),
    };
    match name.as_deref().and_then(actor::cookie) {
        Some(cookie) => {
            let mut response = elsewhere("/");
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        None => drawn(&page_request.served, &page_request.headers, None, || Ok(page(None, true))).await,
    }
}

fn page(name: Option<&str>, is_faulty: bool) -> Page {
    let body = html! {
        form.sheet.narrow method="post" action="/actor" {
            h1 { "Who are you?" }
            p.quiet { "There is no access control yet: your name is taken as you say it, recorded with what you record, and remembered in this browser." }
            div.field {
                label for="actor" { "Name or role" }
                input #actor type="text" name="actor" value=(name.unwrap_or_default()) autocomplete="name" maxlength="80" required autofocus;
                @if is_faulty { p.fault { "Say a name of 1 to 80 letters." } }
            }
            div.send { div.buttons { button.primary { "Remember" } } }
        }
    };
    Page { title: "Who are you?".into(), here: Here::nowhere(), body }
}
