//! The layout common to all pages: location, navigation, user.

use events::Moment;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use projections::ask::CycleBrief;

use super::assets::{ICON, SCRIPT, STYLE};
use super::view::View;
use super::when;

/// The content of a page, without the layout.
pub(super) struct Page {
    pub(super) title: String,
    pub(super) here: Here,
    pub(super) body: Markup,
}

/// The location of a page in the navigation.
pub(super) struct Here {
    /// Slug and title.
    ledger: Option<(String, String)>,
    /// Id and title.
    cycle: Option<(String, String)>,
    tab: Tab,
    /// The value of `as_of` in links.
    as_of: Option<String>,
    /// The last event that the page reflects, and its time of recording.
    known: Option<String>,
    /// The requested moment, if it is in the past.
    past: Option<Moment>,
    /// The last of the events that a form has just recorded.
    recorded: Option<u64>,
    /// The number of events in the full copy, if only a part of it was imported.
    awaits: Option<u64>,
}

/// The tabs of a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Board,
    Attention,
    Audit,
    Goalposts,
    Replay,
    Retrospective,
    Calibration,
    Reports,
    CheckIn,
    Proposals,
    Events,
    None,
}

impl Here {
    pub(super) fn nowhere() -> Here {
        Here {
            ledger: None,
            cycle: None,
            tab: Tab::None,
            as_of: None,
            known: None,
            past: None,
            recorded: None,
            awaits: None,
        }
    }

    /// Returns the location of a page about a ledger.
    pub(super) fn in_ledger(view: &View<'_>, tab: Tab) -> Here {
        let ledger = Some((view.ledger.slug().to_owned(), view.ledger.header().title.clone()));
        let as_of = view.look.as_of();
        let known = as_of
            .recorded_at
            .map(|at| format!("As the ledger knew it at event {}, recorded {}", as_of.seq, when::minute(at)));
        let past = view.is_past().then(|| view.look.asked().at);
        let (as_of, recorded, awaits) = (view.as_of.map(str::to_owned), view.recorded, view.ledger.awaits());
        Here { ledger, cycle: None, tab, as_of, known, past, recorded, awaits }
    }

    /// Returns the location of a page about a cycle.
    pub(super) fn in_cycle(view: &View<'_>, cycle: &CycleBrief, tab: Tab) -> Here {
        let cycle = Some((cycle.id.to_string(), cycle.title.to_string()));
        Here { cycle, ..Here::in_ledger(view, tab) }
    }

    /// Replaces the moment that links keep; without one, the page shows the present.
    pub(super) fn keeping(self, as_of: Option<String>) -> Here {
        Here { past: self.past.filter(|_| as_of.is_some()), as_of, ..self }
    }
}

impl Page {
    /// Renders the complete page.
    pub(super) fn draw(&self, actor: Option<&str>) -> Markup {
        let title = match &self.here.ledger {
            Some((_, ledger)) if *ledger != self.title => format!("{} · {ledger} · OKR Ledger", self.title),
            _ => format!("{} · OKR Ledger", self.title),
        };
        html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="icon" type="image/svg+xml" href=(ICON.path);
                    link rel="stylesheet" href=(STYLE.path);
                    script src=(SCRIPT.path) defer {}
                }
                body {
                    a.skip href="#main" { "Skip to the content" }
                    header.top {
                        (self.crumbs())
                        (who(actor))
                    }
                    (self.tabs())
                    main #main {
                        (self.half())
                        (self.past())
                        (self.recorded())
                        (self.body)
                    }
                    @if let Some(known) = &self.here.known { footer #known data-part { (known) } }
                }
            }
        }
    }

    /// Renders a prominent notice that part of the copy is missing.
    fn half(&self) -> Markup {
        html! {
            @if let Some(all) = self.here.awaits {
                p.notice.past #half role="status" {
                    "Not all of this ledger is here: the taking of its copy, of " (all) " events, was cut short. "
                    "Nothing can be recorded until " code { "okr-ledger import" } " has taken it to its end."
                }
            }
        }
    }

    /// Renders a prominent notice that the page shows the past.
    fn past(&self) -> Markup {
        html! {
            div #past data-part {
                @if let Some(at) = self.here.past {
                    p.notice.past role="status" {
                        "This is the past: what the ledger knew on " (when::minute(at)) ". "
                        a href="?" { "See how it stands now" }
                    }
                }
            }
        }
    }

    fn recorded(&self) -> Markup {
        let (Some(seq), Some((slug, _))) = (self.here.recorded, &self.here.ledger) else { return html! {} };
        html! { p.notice.fine #recorded role="status" { "Recorded: " a href={ "/ledgers/" (slug) "/events/" (seq) } { "event " (seq) } "." } }
    }

    fn crumbs(&self) -> Markup {
        html! {
            nav.crumbs aria-label="Where you are" {
                a.brand href="/" { (mark()) span { "OKR Ledger" } }
                @if let Some((slug, title)) = &self.here.ledger {
                    a href={ "/ledgers/" (slug) } { (title) }
                    @if let Some((id, title)) = &self.here.cycle {
                        a href={ "/ledgers/" (slug) "/cycles/" (id) } { (title) }
                    }
                }
            }
        }
    }

    fn tabs(&self) -> Markup {
        let Some((slug, _)) = &self.here.ledger else { return html! {} };
        let keep = self.here.as_of.as_ref().map(|as_of| format!("?as_of={}", when::escaped(as_of))).unwrap_or_default();
        let mut tabs = Vec::new();
        if let Some((id, _)) = &self.here.cycle {
            let cycle = format!("/ledgers/{slug}/cycles/{id}");
            tabs.push((Tab::Board, "Board", format!("{cycle}{keep}")));
            tabs.push((Tab::Attention, "Attention", format!("{cycle}/attention{keep}")));
            tabs.push((Tab::Audit, "Audit", format!("{cycle}/audit{keep}")));
            tabs.push((Tab::Goalposts, "Goalposts", format!("{cycle}/goalposts{keep}")));
            tabs.push((Tab::Replay, "Replay", format!("{cycle}/replay")));
            tabs.push((Tab::Retrospective, "Retrospective", format!("{cycle}/retrospective{keep}")));
            tabs.push((Tab::Calibration, "Calibration", format!("{cycle}/calibration{keep}")));
            tabs.push((Tab::Reports, "Reports", format!("/ledgers/{slug}/board-reports?cycle={id}")));
            tabs.push((Tab::CheckIn, "Check in", format!("{cycle}/check-in")));
            tabs.push((Tab::Proposals, "Proposals", format!("{cycle}/proposals")));
            tabs.push((Tab::Events, "Events", format!("/ledgers/{slug}/events?cycle={id}")));
        } else {
            tabs.push((Tab::None, "Cycles", format!("/ledgers/{slug}")));
            tabs.push((Tab::Reports, "Reports", format!("/ledgers/{slug}/board-reports")));
            tabs.push((Tab::Events, "Events", format!("/ledgers/{slug}/events")));
        }
        html! {
            nav.tabs #tabs data-part aria-label="Pages" {
                @for (tab, name, address) in &tabs {
                    a href=(address) aria-current=[(*tab == self.here.tab).then_some("page")] { (name) }
                }
            }
        }
    }
}

/// Renders the user's name, and the link to change it.
fn who(actor: Option<&str>) -> Markup {
    html! {
        a.who href="/actor" {
            @match actor {
                Some(name) => { span.avatar aria-hidden="true" { (initials(name)) } span.name { (name) } }
                None => "Who are you?",
            }
        }
    }
}

fn initials(name: &str) -> String {
    let words = name.split_whitespace().filter(|word| word.chars().next().is_some_and(char::is_uppercase));
    let initials: String = words.filter_map(|word| word.chars().next()).take(2).collect();
    if initials.is_empty() { name.chars().take(1).collect() } else { initials }
}
fn mark() -> Markup {
    PreEscaped(include_str!("static/icon.svg").to_owned())
}
