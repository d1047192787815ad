//! Who are you? Until there is access control it is asked once.

use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use maud::html;

use super::filled::Filled;
use super::read;
use crate::http::Served;
use crate::web::shell::{Here, Page};
use crate::web::visit::{Visit, elsewhere, whole};
use crate::web::{actor, trouble};

pub(in crate::web) async fn who(visit: Visit) -> Response {
    let page = page(visit.actor.as_deref(), false);
    whole(&page, visit.actor.as_deref(), &visit.headers)
}

pub(in crate::web) async fn send_who(State(_): State<Served>, visit: Visit, request: Request) -> Response {
    let filled: Filled = match read(&visit.headers, request).await {
        Ok(filled) => filled,
        Err(problem) => return trouble::page(&problem, visit.actor.as_deref()),
    };
    match actor::readable(filled.text("actor")).as_deref().and_then(actor::cookie) {
        Some(cookie) => {
            let mut response = elsewhere("/");
            response.headers_mut().insert(header::SET_COOKIE, cookie);
            response
        }
        None => whole(&page(None, true), None, &visit.headers),
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
